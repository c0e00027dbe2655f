#!/bin/sh
# Installs what the benchmarks compare us with: Kannel, Redis and RabbitMQ with apt, Jasmin with pip
# into an environment of its own, where the benchmarks look for it unless a FOLDER is given.
#
# No service of the system is started: the benchmarks run instances of their own on loopback.
set -eu

folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/nummer-bench}
jasmin=0.11.1

wanted() { # wanted COMMAND-OR-PATH PACKAGE: print the package when the thing is missing
	command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || echo "$2"
}

missing="$(wanted /usr/sbin/bearerbox kannel) $(wanted redis-server redis-server) \
	$(wanted /usr/sbin/rabbitmq-server rabbitmq-server)"
missing=$(echo $missing)

if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ]; then
		as_root=""
	elif command -v sudo >/dev/null 2>&1; then
		as_root="sudo"
	else
		echo "These packages are missing, and only root may install them: $missing" >&2
		exit 1
	fi
	# Debian asks this file before it starts a service that it has just installed.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
		$as_root chmod 755 "$policy"
		trap '$as_root rm -f "$policy"' EXIT
	fi
	echo "Installing with apt: $missing" >&2
	export DEBIAN_FRONTEND=noninteractive
	$as_root apt-get -qq update
	# $missing is a list
	$as_root apt-get -qq install --no-install-recommends -y $missing >/dev/null
	# What a policy does not cover starts at the next boot; these are ours to start.
	if command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
		for service in kannel redis-server rabbitmq-server; do
			case " $missing " in
			*" $service "*) $as_root systemctl disable --now "$service" >/dev/null 2>&1 || true ;;
			esac
		done
	fi
fi

ready="$folder/jasmin-$jasmin.ready"
if [ ! -e "$ready" ]; then
	echo "Installing Jasmin $jasmin in $folder ..." >&2
	mkdir -p "$folder"
	python3 -m venv "$folder/jasmin"
	"$folder/jasmin/bin/python" -m pip --disable-pip-version-check --quiet install "jasmin==$jasmin"
	# The wheel lacks the AMQP specification, the source has it.
	rm -rf "$folder/sdist"
	"$folder/jasmin/bin/python" -m pip --disable-pip-version-check --quiet download \
		--no-deps --no-binary=jasmin --dest "$folder/sdist" "jasmin==$jasmin"
	mkdir -p "$folder/resource"
	tar -xzf "$folder"/sdist/jasmin-*.tar.gz -C "$folder/resource" --strip-components=4 \
		--wildcards '*/misc/config/resource/*'
	touch "$ready"
fi
