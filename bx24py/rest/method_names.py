"""Names of the methods that applications use most, for the error of a wrong name; and the scopes of methods."""

from __future__ import annotations

from functools import lru_cache

_CRUD = "add update get list delete fields"
_NAMES = {
    "crm.deal crm.lead crm.contact crm.company crm.quote crm.item crm.type crm.requisite": _CRUD,
    "crm.address crm.product": _CRUD,
    "crm.activity crm.timeline.comment crm.status crm.category crm.productrow crm.currency": _CRUD,
    "crm.deal.productrows crm.lead.productrows crm.deal.contact.items crm.contact.company.items": "get set",
    "crm.deal.userfield crm.lead.userfield crm.contact.userfield crm.company.userfield": "add update get list delete",
    "crm.stagehistory crm.enum.ownertype": "list fields",
    "tasks.task": "add update get list delete getFields complete start pause defer renew approve disapprove delegate",
    "task.checklistitem task.commentitem task.elapseditem": "add update get getlist delete",
    "user": "get current search fields add update",
    "department": "get add update delete fields",
    "sonet_group": "get create update delete",
    "lists.element lists.section": "add update get delete",
    "entity.item entity.section": "add update get delete",
    "disk.storage": "get getlist getchildren addfolder uploadfile",
    "disk.folder": "get getchildren addsubfolder uploadfile rename markdeleted",
    "disk.file": "get rename copyto moveto delete markdeleted getexternallink",
    "calendar.event": "add update get delete",
    "calendar.section": "add update get delete",
    "im.message": "add update delete",
    "im.notify": "get delete",
    "im.notify.system im.notify.personal": "add",
    "bizproc.workflow": "start terminate instances",
    "bizproc.workflow.template": "list add update delete",
    "catalog.product catalog.section catalog.catalog catalog.price": "add update get list delete",
    "sale.order sale.basketitem": "add update get list delete",
    "event": "bind unbind get",
    "placement": "bind unbind get list",
    "app.option user.option": "get set",
    "app": "info",
    "server": "time",
    "log.blogpost": "add update get delete",
    "telephony.externalcall": "register finish show hide",
}
_SCOPES = {
    "access app batch event events feature methods profile scope server": "",
    "user.access user.admin user.option": "",
    "user": "user user_brief user_basic",
    "user.userfield": "user.userfield",
    "userfieldtype": "placement",
    "tasks": "task tasks",
    "sonet_group sonet socialnetwork": "sonet_group sonet socialnetwork",
    "voximplant": "telephony",
    "voximplant.infocall": "telephony call",
    "sale.cashbox": "cashbox sale",
    "sale.delivery": "delivery sale",
    "sale.paysystem": "pay_system sale",
    "humanresources.hcmlink": "humanresources.hcmlink",
    "imconnector": "imopenlines imconnector",
    "imopenlines.bot": "imopenlines imbot",
    "sign.b2e": "sign.b2e",
    "ai": "ai_admin",
}
"""Beginnings of names, and the scopes of these methods, of which an application needs one (documentation of each)."""


@lru_cache
def similar(method: str) -> tuple[str, ...]:
    """Return the known names that are most like a wrong one, the most similar first; none if it is known itself."""
    import difflib  # only when a name is wrong

    names = {
        f"{group}.{word}".lower(): f"{group}.{word}"
        for groups, words in _NAMES.items()
        for group in groups.split()
        for word in words.split()
    }
    wrong = method.lower()
    if wrong in names:
        return ()
    return tuple(names[name] for name in difflib.get_close_matches(wrong, names, cutoff=0.75))


def scopes_of(method: str) -> tuple[str, ...]:
    """Return the scopes of which a method needs one: mostly its first word. None for a method that needs none."""
    words = method.lower().split(".")
    for length in (2, 1):
        beginning = ".".join(words[:length])
        for names, scopes in _SCOPES.items():
            if beginning in names.split():
                return tuple(scopes.split())
    return (words[0],)


def scope_of(method: str) -> str:
    """Return the scope to ask for, for a method that lacks it."""
    return next(iter(scopes_of(method)), method.lower().partition(".")[0])
