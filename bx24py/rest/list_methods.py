"""How the portal's list methods differ, as far as reading whole lists must know (contract, lists)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple


class Profile(NamedTuple):
    """What a list method wants."""

    # `chain`: it orders and filters by id; `offset`: it does not, or has no such id; `guess`: nothing is known, so its
    # first page is asked for with the caller's parameters alone.
    way: str = "chain"
    ask: str = "ID"  # the id's name in order, filter and select
    row: str = "ID"  # its name in a row, in any case; several where only these together tell rows apart
    filter: str = "filter"  # what these parameters are called
    order: str = "order"  # empty: it has none
    select: str = "select"
    sort: str = ""  # has the field to order by, where `order` is only the direction
    size: int = 50  # rows of a page
    counts: bool = True  # whether `total` can be believed

    @property
    def names(self) -> set[str]:
        """The parameters that it may read in one spelling only."""
        return {self.filter, self.order, self.select, self.sort, "start"} - {""}


_UPPER = Profile()
_CAMEL = Profile(ask="id", row="id")
_CAPITALS = Profile(filter="FILTER", order="ORDER", select="SELECT")
_OFFSET = Profile("offset")
_PLAIN = Profile("offset", "", "id", order="")
_GUESS = Profile("guess", "", "id")
_STRINGS = Profile(filter="FILTER", sort="sort")


def _keyed(names: str) -> Profile:
    return Profile("offset", names, names)


# The first that fits counts; `*` stands for anything.
_METHODS: tuple[tuple[Profile, str], ...] = (
    (_UPPER._replace(row="id"), "tasks.task.list socialnetwork.api.workgroup.list tasks.api.scrum.sprint.list"),
    (
        _UPPER,
        "crm.deal.list crm.lead.list crm.contact.list crm.company.list crm.quote.list crm.activity.list "
        "crm.requisite.list crm.requisite.bankdetail.list crm.requisite.preset.list crm.stagehistory.list "
        "crm.product.list crm.productrow.list crm.productsection.list crm.invoice.list crm.invoice.recurring.list "
        "crm.measure.list crm.dealcategory.list disk.folder.getchildren disk.storage.getchildren "
        "disk.storage.getlist event.offline.list",
    ),
    (_CAPITALS, "sonet_group.get bizproc.task.list bizproc.workflow.template.list"),
    (_CAPITALS._replace(order="SORT"), "entity.item.get entity.section.get"),
    (_CAPITALS._replace(order="ELEMENT_ORDER"), "lists.element.get"),
    (_STRINGS, "user.get"),
    (_STRINGS._replace(order="ORDER", sort="SORT"), "voximplant.statistic.get"),
    (_STRINGS._replace(way="offset"), "user.search department.get"),
    (_STRINGS._replace(way="offset", row="CONFIG_ID,REG_ID", order="ORDER", sort="SORT"), "voximplant.sip.get"),
    (_CAPITALS._replace(way="offset"), "bizproc.workflow.instances bizproc.workflow.instance.list"),
    (_OFFSET, "crm.timeline.comment.list"),
    (_CAMEL._replace(way="offset", size=10), "crm.timeline.logmessage.list"),
    (_CAMEL._replace(way="offset"), "sale.status.list *documentgenerator.template.list"),
    (_OFFSET._replace(order="IBLOCK_ORDER"), "lists.get"),
    (
        _PLAIN,
        "lists.section.get disk.file.getversions disk.file.search log.blogpost.get userfieldconfig.list "
        "*documentgenerator.numerator.list documentgenerator.role.list rpa.stage.listfortype rpa.timeline.listforitem",
    ),
    (_keyed("TYPE_ID,ENTITY_TYPE_ID,ENTITY_ID")._replace(counts=False), "crm.address.list"),
    (_keyed("ENTITY_TYPE_ID,ENTITY_ID"), "crm.requisite.link.list"),
    (_keyed("orderId,ownerId,ownerTypeId"), "crm.orderentity.list"),
    (_keyed("statusId,lid"), "sale.statuslang.list"),
    (_keyed("entityId,entityType,propertyId"), "sale.propertyrelation.list"),
    (_keyed("personTypeId,domain"), "sale.businessvaluepersondomain.list"),
    (_CAMEL._replace(ask="propertyId", row="propertyId"), "catalog.productpropertysection.list"),
    (_CAMEL._replace(ask="documentId", row="documentId"), "catalog.userfield.document.list"),
    (_GUESS._replace(counts=False), "crm.currency.list"),
    (
        _GUESS,
        "catalog.productimage.list sale.cashbox.*list sale.delivery.* sale.paysystem.* "
        "crm.item.delivery.list crm.item.payment.*",
    ),
    (
        _CAMEL,
        "crm.item.list crm.item.productrow.list crm.type.list crm.automatedsolution.list catalog.*.list sale.*.list "
        "*documentgenerator.document.list rpa.item.list rpa.type.list",
    ),
)

_CALL = "call it with call_method"
_OWN = f"has paging of its own, so it cannot be read as a list: {_CALL}, page by page"
_REFUSED = (
    ("removes what it gives, so it cannot be read as a list", "event.offline.get im.v2.event.get imbot.v2.event.get"),
    (
        f"takes its parameters by position, so it cannot be read as a list: {_CALL}",
        "task.elapseditem.getlist task.commentitem.getlist task.checklistitem.getlist task.items.getlist "
        "task.item.list",
    ),
    (
        _OWN,
        "im.recent.list im.search.*.list im.department.colleagues.list im.dialog.users.list im.dialog.messages.* "
        "im.notify.get im.notify.history.search imopenlines.config.list.get imbot.v2.bot.list "
        "imbot.v2.chat.user.list landing.demos.getlist landing.landing.getlist landing.repo.getlist "
        "landing.site.getlist landing.template.getlist biconnector.*.list humanresources.hcmlink.*.list "
        "sign.b2e.*list sign.b2e.*.tail log.blogcomment.user.get ai.engine.list",
    ),
    (
        "belongs to REST 3.0: call bx24.v3.call_list, or bx24.v3.call_method for what has paging of its own",
        "main.eventlog.list main.eventlog.tail timeman.record.list mail.mailbox.list mail.message.list "
        "mail.recipient.* humanresources.node.list humanresources.node.search call.followup.list "
        "note.collection.list note.document.search.list",
    ),
)


def _fits(method: str, patterns: str) -> bool:
    return any(fnmatchcase(method, pattern) for pattern in patterns.split())


def profile_of(method: str) -> Profile:
    """Return how to list with a method.

    Raises:
        ValueError: it cannot be read as a list.
    """
    name = method.lower()
    for why, patterns in _REFUSED:
        if _fits(name, patterns):
            raise ValueError(f"method: {method} {why}")
    return next((profile for profile, patterns in _METHODS if _fits(name, patterns)), _GUESS)
