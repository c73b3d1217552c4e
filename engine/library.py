"""Rules, rulesets, settings, maps and manifests as files: their only reader."""
