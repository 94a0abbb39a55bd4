#!/bin/sh
# The test script of monitor_service.sh, for those who have it in their fingers: the same four choices.
exec /usr/bin/monitorctl menu "$@"
