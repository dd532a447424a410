#!/bin/sh
# Sends a code and checks what you type: POSTHASTE_KEY_FILE=… sh verify.sh me@example.test
# Exit codes are those of posthaste: 0 matched, 1 not, 3 ask again later (posthaste check-code --help).
set -eu
recipient=${1:-me@example.test}
posthaste send-code "$recipient" --purpose email_verification
printf 'code from the mail: '
read -r code
posthaste check-code "$recipient" "$code" --purpose email_verification
