#!/bin/sh
# usage: prints_test.sh NETLAB PRINTER: the example prints "test" and a newline, nothing else, and
# ends with 0.
printed=$("$1" here -- "$2" 2>&1 && echo end) || { echo "ended with $?: $printed"; exit 1; }
[ "$printed" = "test
end" ] || { echo "printed: $printed"; exit 1; }
