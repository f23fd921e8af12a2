"""The batch builder: like `call_batch`, without writing references."""

from __future__ import annotations

from ..rest.batch import Builder
from ..rest.commands import Command
from ..rest.params import Params, check_method
from ..rest.result import Result
from .params import encode
from .references import FieldV3


class BatchCallV3:
    """One command of a batch, and after the run its result.

    Attributes:
        item: for the parameters of later commands: `task.item["responsibleId"]` is a field of the `item` it gives.
        items: `tasks.items["id"]` is a list with that field of each of the `items` it gives.
    """

    __slots__ = ("_batch", "_place", "item", "items")

    def __init__(self, batch: BatchV3, place: int) -> None:
        self._batch = batch
        self._place = place
        self.item = FieldV3(batch, "$ref", str(place))
        self.items = FieldV3(batch, "$refArray", str(place))

    @property
    def result(self) -> Result:
        """The command's result.

        Raises:
            RuntimeError: the batch has not been run, or is still running.
            BX24Error: the batch failed.
        """
        return self._batch._result(self._place)


class BatchV3(Builder):
    """Commands to send together; created by `bx24.v3.batch()`."""

    _made_by = "bx24.v3.batch()"

    def call(self, method: str, params: Params | None = None) -> BatchCallV3:
        """Add a command. Its parameters are copied at once, and may refer to earlier commands.

        Raises:
            TypeError: a parameter cannot be sent; the message names its path.
            ValueError: an invalid method name, or a reference to a command of another batch.
            RuntimeError: the batch has already been run.
        """
        self._check_open()
        place = len(self._commands)
        method = check_method(method)
        self._commands.append(Command(place, method, encode(params, method=method, batch=self)))
        return BatchCallV3(self, place)
