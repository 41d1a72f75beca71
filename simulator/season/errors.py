"""What can be wrong with a file that somebody hands us, said in one line."""


class InputError(Exception):
    """A file cannot be used: which file, where in it, what came, what was expected, what to do."""

    def __init__(self, path: object, where: str, problem: str, advice: str) -> None:
        where = f", {where}" if where else ""
        super().__init__(f"{path}{where}: {problem}; {advice}")
