"""Where the application was opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# The option with the entity's id, by the beginning of the placement code (documentation, api-reference/widgets).
_ENTITY = (
    (re.compile(r"CRM_\w+_(DETAIL_(TAB|ACTIVITY|TOOLBAR)|LIST_MENU)"), ("ID", "ENTITY_ID", "entityId")),
    (re.compile(r"CRM_\w+_(ACTIVITY_TIMELINE_MENU|DOCUMENTGENERATOR_BUTTON)"), ("ENTITY_ID",)),
    (re.compile(r"TASK_(VIEW_(TAB|SIDEBAR|TOP_PANEL)|LIST_CONTEXT_MENU)"), ("taskId", "ID")),
    (re.compile(r"TASK_USER_LIST_TOOLBAR|USER_PROFILE_(MENU|TOOLBAR)"), ("USER_ID",)),
    (re.compile(r"TASK_GROUP_LIST_TOOLBAR|SONET_GROUP_(DETAIL_TAB|ROBOT_DESIGNER_TOOLBAR)"), ("GROUP_ID",)),
)


@dataclass(frozen=True, slots=True)
class PlacementInfo:
    """Where the application was opened.

    Attributes:
        code: the placement code, such as `CRM_DEAL_DETAIL_TAB`; `DEFAULT` for the application's own page.
        options: the portal's data for it, such as `{"ID": "5"}`.
    """

    code: str
    options: dict[str, Any]

    @property
    def entity_id(self) -> int | None:
        """The id of the deal, task, user, group etc. that the placement belongs to, or None.

        None also for a card that has not been saved yet.
        """
        for code, keys in _ENTITY:
            if code.fullmatch(self.code):
                text = str(next((self.options[key] for key in keys if key in self.options), ""))
                return int(text) or None if text.isdecimal() else None
        return None
