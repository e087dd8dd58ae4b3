"""Lambda: what a function may be.

AWS: CreateFunction and UpdateFunctionConfiguration refuse a timeout over 900 s, memory outside 128 to 10,240 MB,
ephemeral storage outside 512 to 10,240 MB, an unknown runtime, names and texts that are too long or have other
characters than their patterns (botocore: CreateFunction; Developer Guide, "Lambda quotas"), an environment over 4 KB
or with a reserved key (Developer Guide, "Environment variables", "Reserved environment variables"), more than five
layers, code and layers over 250 MB unzipped, more than 50 tags, and a role that is not there or does not trust
lambda.amazonaws.com. Reserved concurrency is not negative (botocore: PutFunctionConcurrency).
MiniStack: takes all of these but a missing role and, through the API, 250 MB; through a template those too.

Open: a layer of another architecture passes here as on AWS, where CompatibleArchitectures only informs.
"""

from __future__ import annotations

import json

from ministack.services import lambda_svc

from local.gaps import _authority, _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    **_authority.LEANS_ON,
    "services.lambda_svc._create_function": "(data)",
    "services.lambda_svc._update_config": "(name, data)",
    "services.lambda_svc._put_function_concurrency": "(func_name, data)",
    "services.lambda_svc._validate_total_unzipped_size": "(code_zip, layers)",
    "services.lambda_svc._fetch_code_from_s3": "(bucket, key, version_id=None)",
    "services.lambda_svc._normalize_layer_attachments": "(layers)",
}

SERVICE = "lambda.amazonaws.com"
MAX_ENVIRONMENT_BYTES = 4096
MAX_LAYERS = 5
MAX_TAGS = 50
MAX_NAME = 64

#: The model's own ranges are wider: they hold for functions on managed instances.
RANGES = {"Timeout": (1, 900), "MemorySize": (128, 10_240), "EphemeralStorage.Size": (512, 10_240)}

RESERVED_KEYS = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)

_INVALID = "InvalidParameterValueException"
_ENVIRONMENT = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
)


def _runtime(data: Record) -> None:
    known = _doors.model("lambda").model["shapes"]["Runtime"]["enum"]
    runtime = data.get("Runtime")
    if runtime and runtime not in known:
        raise RefusedError(
            _INVALID,
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(known)}] or be a valid ARN",
        )


def _ranges(data: Record) -> None:
    if data.get("CapacityProviderConfig"):
        return
    storage = data.get("EphemeralStorage")
    values = {**data, "EphemeralStorage.Size": storage.get("Size") if isinstance(storage, dict) else None}
    problems: list[str] = []
    for name, (low, high) in RANGES.items():
        value = _number(values.get(name))
        path = name[0].lower() + name[1:].replace(".S", ".s")
        bound = f"less than or equal to {high}" if value is not None and value > high else None
        if value is not None and value < low:
            bound = f"greater than or equal to {low}"
        if bound:
            problems.append(f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have value {bound}")
    name_ = str(data.get("FunctionName") or "")
    if len(name_) > MAX_NAME and ":" not in name_:
        problems.append(
            f"Value '{name_}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_NAME}"
        )
    _doors.refuse(problems)


def _number(value: Json) -> int | None:
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None  # the model's own check says what is wrong with it


def _environment(data: Record) -> None:
    environment = data.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    if not isinstance(variables, dict):
        return
    reserved = sorted(RESERVED_KEYS & variables.keys())
    if reserved:
        raise RefusedError(
            _INVALID,
            f"{_ENVIRONMENT}contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}",
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode("utf-8", "surrogatepass")) > MAX_ENVIRONMENT_BYTES:
        raise RefusedError(_INVALID, f"{_ENVIRONMENT}exceeded the 4KB limit. String measured: {measured}")


def _role(data: Record) -> None:
    role = data.get("Role")
    if role and not _authority.trusts(str(role), SERVICE):
        raise RefusedError(_INVALID, "The role defined for the function cannot be assumed by Lambda.")


def _attachments(data: Record) -> None:
    if len(data.get("Layers") or []) > MAX_LAYERS:
        raise RefusedError(_INVALID, f"Cannot reference more than {MAX_LAYERS} layers.")
    if len(data.get("Tags") or {}) > MAX_TAGS:
        raise RefusedError(_INVALID, f"The number of tags exceeded the allowed limit: {MAX_TAGS}.")


def _package(data: Record) -> None:
    zipped = data.get("PackageType", "Zip") == "Zip" and "ImageUri" not in (data.get("Code") or {})
    if zipped and not (data.get("Handler") and data.get("Runtime")):
        raise RefusedError(
            _INVALID, "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )


_settings = _doors.both(_ranges, _runtime, _environment, _attachments)

creating = _doors.both(_package, _settings, _doors.by_model("lambda", "CreateFunction"), _role)
_updating = _doors.both(_settings, _doors.by_model("lambda", "UpdateFunctionConfiguration"), _role)


def _existing(_name: str, data: Record) -> None:
    _updating(data)


def _unzipped(properties: Record) -> None:
    """The size of a template's code and layers; the API asks it itself."""
    code = properties.get("Code") or {}
    archive = None
    if code.get("S3Bucket") and code.get("S3Key"):
        archive = lambda_svc._fetch_code_from_s3(
            code["S3Bucket"], code["S3Key"], version_id=code.get("S3ObjectVersion")
        )
    layers, wrong = lambda_svc._normalize_layer_attachments(properties.get("Layers"))
    answer = wrong or lambda_svc._validate_total_unzipped_size(archive, layers)
    if answer is not None:
        said = json.loads(answer[2])
        raise RefusedError(_INVALID, str(said.get("message") or said.get("Message")))


def _concurrency(properties: Record) -> None:
    reserved = _number(properties.get("ReservedConcurrentExecutions"))
    if reserved is not None and reserved < 0:
        _doors.refuse(
            [
                f"Value '{reserved}' at 'reservedConcurrentExecutions' failed to satisfy constraint: "
                "Member must have value greater than or equal to 0"
            ]
        )


def _reserving(_name: str, data: Record) -> None:
    _concurrency(data)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._create_function", _doors.at_call(creating))
    _seams.replace("services.lambda_svc._update_config", _doors.at_call(_existing))
    _seams.replace("services.lambda_svc._put_function_concurrency", _doors.at_call(_reserving))
    in_template = _doors.both(creating, _unzipped, _concurrency)
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::Lambda::Function": in_template}))
