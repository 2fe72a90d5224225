"""One module for each service that is patched; each patch says what moto does without it."""

from . import budgets, codebuild, ec2, eks_access, eks_addons, eks_cluster, glue, lambda_functions, s3


def apply_all() -> None:
    for module in (budgets, codebuild, ec2, eks_access, eks_addons, eks_cluster, glue, lambda_functions, s3):
        module.apply()
