"""Syntax trees back to text, for messages: normalised, with brackets where they matter.

Never used to compute: only to name a part of an expression to its reader.
"""

from __future__ import annotations

from jinja2 import nodes

_SIGNS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
_BINARY: dict[type[nodes.Node], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.And: "and",
    nodes.Or: "or",
}


def path_of(node: nodes.Node) -> str | None:
    """The dotted path of a chain of names and fields, or None when it is anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        before = path_of(node.node)
        return None if before is None else f"{before}.{node.attr}"
    return None


def parts_of(node: nodes.And | nodes.Or) -> tuple[nodes.Expr, ...]:
    """The parts of a chain of one of `and` and `or`, in the order written."""
    chain: list[nodes.Expr] = []
    current: nodes.Expr = node
    while type(current) is type(node) and isinstance(current, nodes.BinExpr):
        chain.append(current.right)
        current = current.left
    return (current, *reversed(chain))


def unparse(node: nodes.Node) -> str:
    """The text of a node; a part that is not of the language shows as three dots."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Const():
            return _constant(node.value)
        case nodes.Getattr():
            return f"{unparse(node.node)}.{node.attr}"
        case nodes.Getitem():
            return f"{unparse(node.node)}[{unparse(node.arg)}]"
        case nodes.Filter():
            return f"{_part(node.node)} | {node.name}{_arguments(node.args)}"
        case nodes.Test():
            return f"{_part(node.node)} is {node.name}{_arguments(node.args)}"
        case nodes.Compare():
            operands = "".join(f" {_SIGNS[operand.op]} {_part(operand.expr)}" for operand in node.ops)
            return f"{_part(node.expr)}{operands}"
        case nodes.Not():
            return f"not {_part(node.node)}"
        case nodes.Neg():
            return f"-{_part(node.node)}"
        case nodes.Pos():
            return f"+{_part(node.node)}"
        case nodes.Concat():
            return " ~ ".join(_part(part) for part in node.nodes)
        case nodes.CondExpr():
            return f"{_part(node.expr1)} if {_part(node.test)} else {_part(node.expr2)}"
        case nodes.List() | nodes.Tuple():
            return f"[{', '.join(unparse(item) for item in node.items)}]"
        case nodes.BinExpr() if type(node) in _BINARY:
            return f"{_part(node.left)} {_BINARY[type(node)]} {_part(node.right)}"
    return "..."


def _part(node: nodes.Node | None) -> str:
    if node is None:
        return ""
    text = unparse(node)
    loose = isinstance(node, nodes.BinExpr | nodes.Compare | nodes.CondExpr | nodes.Concat | nodes.Not)
    return f"({text})" if loose else text


def _arguments(arguments: list[nodes.Expr] | None) -> str:
    return f"({', '.join(unparse(argument) for argument in arguments)})" if arguments else ""


def _constant(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
