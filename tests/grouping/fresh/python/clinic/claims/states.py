"""A table-driven state machine, shared by claims and by remittances."""

from clinic.claims.errors import IllegalTransition


class StateMachine:
    def __init__(self, **transitions):
        self._transitions = transitions

    def move(self, current, target):
        if target not in self._transitions.get(current, ()):
            raise IllegalTransition("transition not allowed", current=current, target=target)
        return target


CLAIM = StateMachine(draft=("sent", "void"), sent=("paid", "denied"), denied=("draft",))
