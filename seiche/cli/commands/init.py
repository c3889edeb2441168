"""`seiche init`: what the first `seiche up` makes, for installations whose processes are started one by one."""

from seiche.cli import options
from seiche.cli.output import emit_json, emit_lines


def init(data: options.Data = None, as_json: options.AsJson = False) -> None:
    """Make the registry's tables, the first organization and its owner; what is there stays as it is. Prints the login.

    The password is generated once and kept in DATA/secrets.json.
    """
    from seiche.cli.supervisor import prepare

    settings = options.settings_of(data)
    prepare.make_directory(settings.data)
    account = prepare.make_secrets(settings.data)
    projects = prepare.make_registry(settings, account)
    if as_json:
        emit_json({"admin_email": account["admin_email"], "admin_password": account["admin_password"], "projects": projects})
    else:
        emit_lines([f"login   {account['admin_email']}  {account['admin_password']}", f"projects {len(projects)}"])
