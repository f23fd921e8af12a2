"""Shows the current user's departments.

The example from the official documentation of BX24.callBatch, in Python: one request, where the second command uses the
result of the first, and nothing is executed after a failure.
"""

from js import document

from bx24py import BX24Error, bx24

message = document.getElementById("message")


def sentence(user: dict[str, str], departments: list[dict[str, str]]) -> str:
    """Return a sentence with the user's name and departments."""
    name = " ".join(part for part in (user.get("NAME"), user.get("LAST_NAME")) if part) or "without a name"
    names = ", ".join(department["NAME"] for department in departments)
    if not departments:
        return f"The current user {name} is not assigned to any department"
    return f"The current user {name} is assigned to the department{'s' if len(departments) > 1 else ''} {names}"


try:
    results = await bx24.call_batch(  # type: ignore[top-level-await]
        {
            "get_user": ["user.current", {}],
            "get_department": {
                "method": "department.get",
                "params": {"ID": "$result[get_user][UF_DEPARTMENT]"},
            },
        },
        halt_on_error=True,
    )
    user = results["get_user"].data
    # For a user without a department the portal would return all departments.
    departments = results["get_department"].data if user.get("UF_DEPARTMENT") else []
    message.textContent = sentence(user, departments)
    message.dataset.state = "done"
except BX24Error as error:
    message.textContent = f"Your departments could not be read. {error}"
    message.dataset.state = "failed"
