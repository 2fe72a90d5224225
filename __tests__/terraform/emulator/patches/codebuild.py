"""CodeBuild: projects without a source or named by ARN, and builds that end with the image they push in its repository."""

import hashlib
import json
from typing import Any, Callable

import moto.codebuild.responses as responses
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.ecr.models import ecr_backends

from .wrap import wrap

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def apply() -> None:
    check_source = responses._validate_required_params_source
    # moto asks for the location of a source that is none.
    responses._validate_required_params_source = (
        lambda source: None if source.get("type") == "NO_SOURCE" else check_source(source)
    )
    wrap(CodeBuildResponse, "start_build", start_build)
    wrap(CodeBuildBackend, "delete_project", delete_project)


def start_build(original: Callable[..., Any], self: CodeBuildResponse) -> Any:
    """The build itself is not run: what it would push is put into the repository that its variables name."""
    result = original(self)
    project = self.codebuild_backend.codebuild_projects[self._get_param("projectName")]
    declared = project.project_metadata["environment"].get("environmentVariables") or []
    given = self._get_param("environmentVariablesOverride") or []
    variables = {variable["name"]: variable["value"] for variable in [*declared, *given]}
    repository, tag = variables.get("REPOSITORY_URL"), variables.get("IMAGE_TAG")
    if repository and tag:
        name = repository.split("/", 1)[1]
        ecr_backends[self.current_account][self.region].put_image(name, manifest(name, tag), tag, DOCKER_MANIFEST)
    return result


def delete_project(original: Callable[..., Any], self: CodeBuildBackend, project_name: str) -> None:
    """Terraform names the project by its ARN; moto then deletes nothing and says it did."""
    original(self, project_name.rsplit(":project/", 1)[-1])


def manifest(repository: str, tag: str) -> str:
    digest = hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{digest}"}
    return json.dumps({"schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": []})
