"""Prices of lines, carts and discounts."""


def line_total(line):
    return line["price"] * line["quantity"]


def cart_total(lines):
    return sum(line_total(line) for line in lines)


def discounted(lines, percent):
    totals = [line_total(line) for line in lines]
    return sum(totals) * (100 - percent) / 100


RULES = {
    "bulk": lambda cart: cart["total"] / cart["pieces"],
    "member": lambda cart: {"gold": 10, "silver": 5}[cart["tier"]],
    "first": lambda cart: cart["vouchers"][0],
}


def apply_rule(name, cart):
    return RULES[name](cart)


def evaluate_expression(number, expression, cart):
    code = compile(expression, f"<discount {number}>", "eval")
    return eval(code, {"__builtins__": {}}, {"total": cart["total"], "pieces": cart["pieces"]})
