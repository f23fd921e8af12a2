"""The portal's drive: storages, folders, files, their contents and links (documentation, `api-reference/disk`)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

import pytest

from bx24py.dev.portal.drive import COMMON
from bx24py.dev.portal.portal import Portal
from tests.unit.rest_client import Answer, Caller


@pytest.fixture
def call() -> Caller:
    caller = Caller()
    caller.state.scope = {"disk"}
    return caller


@pytest.fixture
def root(call: Caller) -> str:
    found: str = call("disk.storage.getforapp").result["ROOT_OBJECT_ID"]
    return found


def content(text: str) -> list[str]:
    return ["x.txt", base64.b64encode(text.encode()).decode()]


def upload(call: Caller, folder: Any, name: str, text: str = "Hello", **more: Any) -> Answer:
    return call("disk.folder.uploadfile", id=folder, data={"NAME": name}, fileContent=content(text), **more)


def fetch(call: Caller, link: str) -> Answer:
    parts = urlsplit(link)
    return call.send("GET", f"{parts.path}?{parts.query}")


def names(answer: Answer) -> list[str]:
    return [row["NAME"] for row in answer.result]


def test_the_applications_storage_is_made_once(call: Caller, root: str) -> None:
    storage = call("disk.storage.getforapp").result
    assert storage["ROOT_OBJECT_ID"] == root
    assert (storage["ENTITY_TYPE"], storage["CODE"]) == ("restapp", None)
    assert call("disk.storage.get", id=storage["ID"]).result == storage
    assert call("disk.storage.getchildren", id=storage["ID"]).data["total"] == 0
    renamed = call("disk.storage.rename", id=storage["ID"], newName="Scripts").result
    assert call("disk.folder.get", id=root).result["NAME"] == renamed["NAME"] == "Scripts"
    assert call("disk.storage.rename", id=COMMON, newName="Mine").error == (403, "ACCESS_DENIED")
    call.state.admin = False
    assert call("disk.storage.getforapp").error == (403, "ACCESS_DENIED")


def test_storages_are_the_companys_and_the_users_own(call: Caller, root: str) -> None:
    found = call("disk.storage.getlist")
    assert [row["ENTITY_TYPE"] for row in found.result] == ["common", "user"]
    assert found.data["total"] == 2
    mine = call("disk.storage.getlist", filter={"ENTITY_TYPE": "user"}).result[0]
    assert mine["ENTITY_ID"] == "1"
    call.state.user_id = 2
    assert call("disk.storage.get", id=mine["ID"]).error == (400, "ERROR_NOT_FOUND")
    assert call("disk.storage.get").error == (400, "ERROR_ARGUMENT")


def test_a_new_file_has_what_a_portal_says_of_it(call: Caller, root: str) -> None:
    made = upload(call, root, "a.txt", "Grüße").result
    number = made["ID"]
    assert isinstance(number, int)
    assert (made["SIZE"], made["GLOBAL_CONTENT_VERSION"], made["DELETED_BY"], made["PARENT_ID"]) == ("7", 1, None, root)
    read = call("disk.file.get", id=number).result
    assert list(read) == [
        "ID", "NAME", "CODE", "STORAGE_ID", "TYPE", "PARENT_ID", "DELETED_TYPE", "GLOBAL_CONTENT_VERSION", "FILE_ID",
        "SIZE", "CREATE_TIME", "UPDATE_TIME", "DELETE_TIME", "CREATED_BY", "UPDATED_BY", "DELETED_BY", "DOWNLOAD_URL",
        "DETAIL_URL",
    ]  # fmt: skip
    assert (read["ID"], read["GLOBAL_CONTENT_VERSION"], read["DELETED_BY"]) == (str(number), "1", "0")
    assert read["DETAIL_URL"].endswith("/disk/file/a.txt")
    got = fetch(call, read["DOWNLOAD_URL"])
    assert (got.status, got.body.decode(), got.headers["access-control-allow-origin"]) == (200, "Grüße", "*")
    assert 'filename="a.txt"' in got.headers["content-disposition"]


def test_links_need_a_valid_token_and_are_not_forged(call: Caller, root: str) -> None:
    link: str = upload(call, root, "a.txt").result["DOWNLOAD_URL"]
    assert fetch(call, link.replace("disk%7C", "disk%7CA")).error == (403, "ACCESS_DENIED")
    assert fetch(call, link.replace("download.json", "upload.json")).error == (403, "ACCESS_DENIED")
    call.state.tokens.expire()
    assert fetch(call, link).error == (401, "expired_token")
    assert all(call.token not in str(logged.answer) for logged in call.rest.calls)


def test_a_file_is_sent_to_a_link(call: Caller, root: str) -> None:
    given = call("disk.folder.uploadfile", id=root, data={"NAME": "b.bin"}).result
    parts = urlsplit(given["uploadUrl"])
    body = (
        f'--x\r\nContent-Disposition: form-data; name="{given["field"]}"; filename="b.bin"\r\n\r\n'.encode()
        + b"\x00\xff\r\n--x--\r\n"
    )
    sent = call.send(
        "POST", f"{parts.path}?{parts.query}", body, {"Content-Type": "multipart/form-data; boundary=x"}
    ).result
    assert (sent["NAME"], sent["SIZE"]) == ("b.bin", "2")
    assert fetch(call, sent["DOWNLOAD_URL"]).body == b"\x00\xff"


def test_names_are_taken_once(call: Caller, root: str) -> None:
    upload(call, root, "a.txt")
    assert upload(call, root, "A.txt").error == (400, "DISK_OBJ_22000")
    assert upload(call, root, "a.txt", generateUniqueName=True).result["NAME"] == "a (1).txt"
    assert upload(call, root, "a.txt", generateUniqueName="1").result["NAME"] == "a (2).txt"
    folder = call("disk.folder.addsubfolder", id=root, data={"NAME": "Scripts"}).result
    assert call("disk.folder.addsubfolder", id=root, data={"NAME": "Scripts"}).error == (400, "DISK_OBJ_22000")
    assert upload(call, folder["ID"], "a.txt").status == 200
    other = upload(call, root, "c.txt").result["ID"]
    assert call("disk.file.rename", id=other, newName="a.txt").error == (400, "DISK_OBJ_22000")
    assert call("disk.file.rename", id=other, newName="C.txt").result["NAME"] == "C.txt"
    assert call("disk.file.rename", id=other, newName="").error == (400, "0")


def test_folders_list_what_is_in_them(call: Caller, root: str) -> None:
    folder = call("disk.folder.addsubfolder", id=root, data={"NAME": "Scripts"}).result
    assert (folder["TYPE"], folder["REAL_OBJECT_ID"], "SIZE" in folder) == ("folder", folder["ID"], False)
    for name in ("b.py", "a.py", "c.txt"):
        upload(call, folder["ID"], name)
    children = "disk.folder.getchildren"
    assert names(call(children, id=root)) == ["Scripts"]
    assert names(call(children, id=folder["ID"], order={"NAME": "DESC"})) == ["c.txt", "b.py", "a.py"]
    assert names(call(children, id=folder["ID"], filter={"%NAME": ".py"}, order={"NAME": "ASC"})) == ["a.py", "b.py"]
    assert names(call(children, id=root, filter={"TYPE": "file"})) == []
    assert call(children, id=folder["ID"]).data["total"] == 3
    assert call(children, id=9999).error == (400, "ERROR_NOT_FOUND")
    assert call("disk.folder.get", id=folder["ID"]).result["DETAIL_URL"].endswith("/disk/path/Scripts")
    found = call("disk.file.search", QUERY="a.py", FILTER={"FOLDER_ID": root})
    assert names(found) == ["a.py"]


def test_versions_keep_their_contents(call: Caller, root: str) -> None:
    number = upload(call, root, "a.txt", "one").result["ID"]
    written = call("disk.file.uploadversion", id=number, fileContent=content("second")).result
    assert (written["ID"], written["GLOBAL_CONTENT_VERSION"], written["SIZE"]) == (str(number), 2, "6")
    versions = call("disk.file.getversions", id=number).result
    assert [(one["GLOBAL_CONTENT_VERSION"], fetch(call, one["DOWNLOAD_URL"]).body) for one in versions] == [
        ("2", b"second"),
        ("1", b"one"),
    ]
    assert call("disk.version.get", id=versions[1]["ID"]).result["OBJECT_ID"] == str(number)
    assert fetch(call, written["DOWNLOAD_URL"]).body == b"second"
    assert call("disk.file.uploadversion", id=number).error == (400, "ERROR_ARGUMENT")
    assert call("disk.file.uploadversion", id=number, fileContent=["a", "%"]).error == (400, "DISK_FILE_22002")


def test_generated_files_have_contents(call: Caller) -> None:
    row = call("disk.file.get", id=7).result
    assert len(fetch(call, row["DOWNLOAD_URL"]).body) == int(row["SIZE"])


def test_the_trash_and_what_is_gone(call: Caller, root: str) -> None:
    folder = call("disk.folder.addsubfolder", id=root, data={"NAME": "F"}).result["ID"]
    number = upload(call, folder, "a.txt").result["ID"]
    assert call("disk.file.markdeleted", id=number).result["DELETED_TYPE"] == "3"
    assert call("disk.file.get", id=number).error == (400, "ERROR_NOT_FOUND")
    assert names(call("disk.folder.getchildren", id=folder)) == []
    upload(call, folder, "a.txt")
    assert call("disk.file.restore", id=number).result["NAME"] == "a (1).txt"
    call("disk.folder.markdeleted", id=folder)
    assert call("disk.file.get", id=number).error == (400, "ERROR_NOT_FOUND")
    call("disk.folder.restore", id=folder)
    assert names(call("disk.folder.getchildren", id=folder)) == ["a (1).txt", "a.txt"]
    assert call("disk.file.delete", id=number).result is True
    assert call("disk.file.delete", id=number).error == (400, "ERROR_NOT_FOUND")
    assert call("disk.folder.deletetree", id=folder).result is True
    assert call("disk.folder.get", id=folder).error == (400, "ERROR_NOT_FOUND")
    assert call("disk.folder.deletetree", id=root).error == (400, "DISK_OBJ_22000")


def test_files_are_moved_and_copied(call: Caller, root: str) -> None:
    first, second = (call("disk.folder.addsubfolder", id=root, data={"NAME": name}).result["ID"] for name in "AB")
    number = upload(call, first, "a.txt", "text").result["ID"]
    copied = call("disk.file.copyto", id=number, targetFolderId=second).result
    assert fetch(call, copied["DOWNLOAD_URL"]).body == b"text"
    assert call("disk.file.moveto", id=number, targetFolderId=second).error == (400, "DISK_OBJ_22000")
    assert call("disk.folder.moveto", id=first, targetFolderId=second).result["PARENT_ID"] == str(second)
    assert call("disk.folder.moveto", id=second, targetFolderId=first).error == (403, "ACCESS_DENIED")
    assert call("disk.file.get", id=number).result["DETAIL_URL"].endswith("/B/A/a.txt")


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("disk.folder.get", {}, "ERROR_ARGUMENT"),
        ("disk.folder.get", {"id": 5}, "ERROR_NOT_FOUND"),
        ("disk.storage.addfolder", {"id": COMMON, "data": {}}, "ERROR_ARGUMENT"),
        ("disk.storage.uploadfile", {"id": COMMON, "fileContent": ["a", "QQ=="]}, "DISK_BASE_SERVICE_22001"),
        (
            "disk.storage.uploadfile",
            {"id": COMMON, "data": {"NAME": "a"}, "fileContent": ["a", "&"]},
            "ERROR_COULD_NOT_SAVE_FILE",
        ),
        ("disk.file.get", {"id": COMMON * 99_999}, "ERROR_NOT_FOUND"),
    ],
)
def test_errors(call: Caller, method: str, params: dict[str, Any], code: str) -> None:
    assert call(method, params).error == (400, code)


def test_a_portal_grants_the_scope(call: Caller) -> None:
    assert "disk" in Portal(deals=0).state.scope
    call.state.scope = {"crm"}
    assert call("disk.storage.getlist").error == (403, "insufficient_scope")
