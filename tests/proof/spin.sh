# For the scripts that check a Promela model, given in $model below $srcdir: sourced by them.
model=$(cd "${srcdir:-.}" && pwd)/$model
command -v spin >/dev/null || { echo "spin is not installed: apt-get install spin"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
n_failed=0
optimised=-O0 # for a small model compiling takes longer than searching

# check NAME WANTED-ERRORS SPIN-OPTIONS...
check() {
	name=$1 want=$2
	shift 2
	spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; exit 1; }
	${CC:-cc} "$optimised" -w -DSAFETY -DCOLLAPSE -DNOFAIR -o pan pan.c
	./pan -m100000 >pan.log 2>&1 || { cat pan.log; exit 1; }
	# A search that stopped early (memory, depth) has proved nothing.
	if grep -qE 'max search depth too small|out of memory|Search not completed' pan.log &&
	    [ "$want" = holds ]; then
		cat pan.log
		exit 1
	fi
	if grep -q 'errors: 0' pan.log; then got=holds; else got=refuted; fi
	why=$(sed -n 's/^pan:[0-9]*: assertion violated //p' pan.log | head -n 1)
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
	echo "$name: $got, $states states${why:+ ($why)}"
	[ "$got" = "$want" ] || { echo "  expected: $want"; n_failed=$((n_failed + 1)); }
}
