"""disk.*: the contents of files, their versions, and the links to them (documentation, `disk`)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from bx24py.dev.portal import links
from bx24py.dev.portal.drive import Version
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Raw, Rows
from bx24py.dev.portal.methods.crm import mapping
from bx24py.dev.portal.methods.disk import DriveCall, argument, not_found, show_object
from bx24py.dev.portal.phpform import php_bool, php_int
from bx24py.dev.portal.tables.fields import iso
from bx24py.dev.portal.tables.paging import OFFSET, start_of

METHODS = Methods()


def _upload(call: DriveCall, folder: int) -> dict[str, Any]:
    """Add a file, or without its content return the link to send it to."""
    name = str(mapping(call.given, "data").get("NAME") or "").strip()
    unique = php_bool(call.given.get("GENERATEUNIQUENAME")) and call.given["GENERATEUNIQUENAME"] not in ("N", "false")
    if call.given.get("FILECONTENT") in (None, "", []):
        return {
            "field": "file",
            "uploadUrl": links.make(
                call.context, "upload", id=str(folder), name=name, generateUniqueName="1" if unique else ""
            ),
        }
    if not name:
        raise RestFault("DISK_BASE_SERVICE_22001", "Error: required parameter NAME (DISK_BASE_SERVICE_22001)")
    return _save(call, folder, name, call.content(), unique=unique)


def _save(call: DriveCall, folder: int, name: str, content: bytes, *, unique: bool) -> dict[str, Any]:
    """Add a file and return it."""
    if unique:
        name = call.drive.free_name(folder, name)
    call.refuse_name(folder, name, "file")
    return show_object(call, call.drive.add_file(folder, name, content, call.user), new=True)


@METHODS("disk.storage.uploadfile", "disk")
def disk_storage_uploadfile(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Add a file to the root folder of a storage."""
    call = DriveCall(params, context)
    return _upload(call, call.drive.root_of(call.storage()))


@METHODS("disk.folder.uploadfile", "disk")
def disk_folder_uploadfile(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Add a file to a folder."""
    call = DriveCall(params, context)
    return _upload(call, call.folder())


@METHODS("disk.file.copyto", "disk")
def disk_file_copyto(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Copy a file into a folder."""
    call = DriveCall(params, context)
    number, folder = call.file(), call.folder("targetFolderId")
    content = call.drive.versions(number)[0].content
    return _save(call, folder, call.drive.objects.value(number, "NAME"), content, unique=False)


@METHODS("disk.file.uploadversion", "disk")
def disk_file_uploadversion(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Give a file a new content."""
    call = DriveCall(params, context)
    number = call.file()
    if call.given.get("FILECONTENT") in (None, "", []):
        raise argument(1)
    try:
        content = call.content()
    except RestFault:
        raise RestFault("DISK_FILE_22002", "Could not save file") from None
    call.drive.write(number, content, call.user)
    counter = call.drive.objects.value(number, "GLOBAL_CONTENT_VERSION")
    return {**show_object(call, number), "GLOBAL_CONTENT_VERSION": counter}


def _version(call: DriveCall, version: Version) -> dict[str, Any]:
    return {
        "ID": str(version.number),
        "OBJECT_ID": str(version.file),
        "SIZE": str(len(version.content)),
        "NAME": version.name,
        "GLOBAL_CONTENT_VERSION": str(version.counter),
        "CREATE_TIME": iso(version.created),
        "CREATED_BY": str(version.author),
        "DOWNLOAD_URL": links.make(call.context, "download", version=str(version.number)),
    }


@METHODS("disk.file.getversions", "disk")
def disk_file_getversions(params: dict[str, Any], context: Context) -> Rows:
    """List the versions of a file, the newest first."""
    call = DriveCall(params, context)
    versions = call.drive.versions(call.file())
    page = OFFSET.page(range(len(versions)), start_of(params))
    return Rows([_version(call, versions[at]) for at in page.numbers], page.total, page.next)


@METHODS("disk.version.get", "disk")
def disk_version_get(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return a version of a file."""
    call = DriveCall(params, context)
    version = call.drive.version(call.id())
    if version is None:
        raise not_found(call.id())
    return _version(call, version)


@METHODS("download", "disk")
def download(params: dict[str, Any], context: Context) -> Raw:
    """Answer with the content that a DOWNLOAD_URL leads to."""
    drive, wanted = context.company.drive, links.read(context.state, "download", params.get("token"))
    number = php_int(wanted.get("id"))
    if "version" in wanted:
        found = drive.version(php_int(wanted["version"]))
    else:
        found = drive.versions(number)[0] if drive.has("file", number) else None
    if found is None:
        raise not_found(number)
    name = quote(found.name if "version" in wanted else str(drive.objects.value(number, "NAME")))
    headers = {"Content-Disposition": f"attachment; filename=\"{name}\"; filename*=utf-8''{name}"}
    return Raw(found.content, 200, "application/octet-stream", headers)


@METHODS("upload", "disk")
def upload(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Add the file that was sent to an `uploadUrl`."""
    call = DriveCall(params, context)
    wanted = links.read(context.state, "upload", params.get("token"))
    folder, file = php_int(wanted["id"]), params.get("file")
    if not isinstance(file, list) or len(file) != 2:
        raise RestFault("ERROR_COULD_NOT_SAVE_FILE", "Could not save file")
    if not call.drive.has("folder", folder):
        raise not_found(folder)
    unique = bool(wanted.get("generateUniqueName"))
    return _save(call, folder, wanted.get("name") or str(file[0]), base64.b64decode(file[1]), unique=unique)
