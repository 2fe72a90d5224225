"""Lambda: the log settings of a function, which moto forgets."""

from typing import Any, Callable

from moto.awslambda.models import LambdaFunction

from .wrap import wrap


def apply() -> None:
    wrap(LambdaFunction, "__init__", remember_logging)
    wrap(LambdaFunction, "get_configuration", configuration)


def remember_logging(original: Callable[..., Any], self: LambdaFunction, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    spec = kwargs.get("spec") or args[1]
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{spec['FunctionName']}"}
    self._patched_logging = {**defaults, **(spec.get("LoggingConfig") or {})}


def configuration(original: Callable[..., Any], self: LambdaFunction, *args: Any, **kwargs: Any) -> Any:
    result = original(self, *args, **kwargs)
    result["LoggingConfig"] = self._patched_logging
    return result
