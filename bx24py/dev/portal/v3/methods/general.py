"""rest.documentation.openapi and rest.scope.list (documentation, `api-reference/rest-v3.md`)."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.method import Context
from bx24py.dev.portal.v3 import openapi
from bx24py.dev.portal.v3.method import MethodsV3, MethodV3

METHODS = MethodsV3()


def _methods(call: Context) -> list[MethodV3]:
    return [method for method in call.methods.values() if isinstance(method, MethodV3)]


@METHODS("documentation")
@METHODS("rest.documentation.openapi")
def rest_documentation_openapi(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns the OpenAPI document of the methods that the application may call."""
    return openapi.document(method for method in _methods(call) if method.granted(call.state.scope))


@METHODS("rest.scope.list")
def rest_scope_list(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns the scope of each method."""
    return {method.name: method.scopes[0] for method in _methods(call) if method.scopes}
