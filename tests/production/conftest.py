"""What only the real servers can show. Run by `make test-production`; without the servers nothing here is collected."""

from seiche.testing import servers

collect_ignore_glob = [] if servers.run_folder() else ["test_*.py"]
