# The suites of tests/run.sh: one function each, and the table that orders them. A suite's output goes to its log;
# it exits 0, 1, or 77 with the reason for being skipped in its last line. It starts in the root of the tree.
# shellcheck shell=bash disable=SC2016

# name, seconds it may take, and whether it goes first and alone (these are quick) or into one of the two lanes.
# Within the lanes the order is that of starting: what builds first, then what takes long.
suite_table() {
    cat <<'TABLE'
imports      60  first
docs         60  first
scripts      60  first
format      120  first
unit       1200  lane
asan       1200  lane
lab         300  lane
conformance 600  lane
malformed   600  lane
packs       600  lane
sim         600  lane
TABLE
    local f
    for f in tests/e2e/*_test.sh tests/e2e/*_test.py; do
        [ -f "$f" ] && printf 'e2e/%s 600 lane\n' "$(basename "${f%_test.*}")"
    done
    cat <<'TABLE'
fuzz       1200  lane
tsan        900  lane
valgrind    900  lane
clang       900  lane
tidy        900  lane
demo        300  lane
fresh      3600  asked
TABLE
}

skip() {
    echo "skip: $*"
    exit 77
}

# build PRESET: once at a time for each, so that two suites that want the same one don't meet in it.
build() {
    local dir=build/$1
    mkdir -p "$dir"
    (
        flock 9
        cmake --preset "$1" -Wno-dev >"$dir/configure.log" 2>&1 || { cat "$dir/configure.log"; exit 1; }
        cmake --build "$dir" -j "$JOBS" -- --quiet
    ) 9>"$dir.lock" || exit 1
}

# labelled LABEL: the tests of the dev build that carry it, or a skip when there is none.
labelled() {
    build dev
    ctest --test-dir build/dev -N -L "^$1\$" | grep -q 'Total Tests: [1-9]' || skip "no test is labelled $1"
    ctest --test-dir build/dev -j "$JOBS" -L "^$1\$" --output-on-failure
}

suite_imports() { /usr/bin/python3 tests/imports_test.py; }

suite_docs() { /usr/bin/python3 tests/docs_test.py; }

suite_scripts() {
    local files
    mapfile -t files < <(tree_files '*.sh' '.ci/run')
    shellcheck -x -S warning "${files[@]}"
}

tree_files() { git ls-files -co --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

suite_format() {
    local files
    mapfile -t files < <(tree_files '*.c' '*.h')
    clang-format --dry-run -Werror "${files[@]}"
}

suite_unit() {
    build dev
    /usr/bin/python3 tests/imports_test.py build/dev || exit 1 # now that there are programs to look at
    ctest --test-dir build/dev -j "$JOBS" -LE '^(sim|malformed|netns)$' --output-on-failure --no-tests=error # netns: `packs` has them
}

# What another compiler makes of the code shows in the tests of each source; whole programs are `unit`'s and ASan's.
suite_clang() {
    build clang
    ctest --test-dir build/clang -j "$JOBS" -LE '^(sim|malformed|netns|integration|program)$' --output-on-failure --no-tests=error
}

suite_asan() {
    build asan
    export SOAR_SIM_SEEDS=300 SOAR_SIM_EVERY=15 ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
    # breakage_test is broken on purpose: slow, and not what ASan is for; shells_test looks at other people's shells; the others
    # start soarctl hundreds of times for what the unit tests and the fuzzing go through in one process
    ctest --test-dir build/asan -j "$JOBS" -E '^(breakage|shells|action|walk|library)_test$' -LE '^(netns|malformed)$' --output-on-failure --no-tests=error
}

# Where threads meet: the journal's, the log's, the loop's, and the workers'.
suite_tsan() {
    build tsan
    export TSAN_OPTIONS=halt_on_error=1
    ctest --test-dir build/tsan -j "$JOBS" -R 'journal|state|log|loop|pool|worker|command_line|soard' -E '^(loop_lives|log_ins)_test$' --output-on-failure --no-tests=error
}

# valgrind sees reads of memory nobody wrote, which the sanitizers don't. Tests that start programs of ours are left
# out (it would look at the wrong process), and the simulator, whose thousands of lives ASan has seen; and what valgrind can't
# do: long double, a process that drops its rights, mount(2) without a type, fifty kills in time. And the four that would take a minute
# each there, and go through the same code as their neighbours.
suite_valgrind() {
    build dev
    find build/dev/tests -maxdepth 1 -type f -executable ! -name '*soarctl*' ! -name 'crash_test' \
        ! -name 'seeds_test' ! -name 'breakage_test' ! -name '*pool*' ! -name 'ssh_*' ! -name 'shells_test' ! -name 'pack_local' \
        ! -name 'cel_operators_test' ! -name 'harden_test' ! -name 'worker_test' ! -name 'journal_disk_test' ! -name 'journal_kill_test' ! -name 'evidence_stream_test' \
        ! -name 'evidence_kill_test' ! -name 'evidence_frame_test' ! -name 'cel_number_text_test' ! -name 'journal_backup_test' -print0 |
        sort -z | xargs -0 -P "$JOBS" -n 1 bash -c 'timeout 300 valgrind -q --error-exitcode=9 --leak-check=full --suppressions=tests/valgrind.supp \
            --errors-for-leak-kinds=definite --child-silent-after-fork=yes "$0" >"build/logs/valgrind-${0##*/}.log" 2>&1 ||
            { echo "$0: exit $?"; tail -40 "build/logs/valgrind-${0##*/}.log"; exit 1; }'
}

suite_conformance() {
    build dev
    local program dirs=() dir files
    program=$(find build/dev -type f -name cel-conformance -perm -u+x | head -1)
    [ -n "$program" ] || skip "there is no cel-conformance yet"
    for dir in tests/conformance/cases ../shared/conformance/cel; do [ -d "$dir" ] && dirs+=("$dir"); done
    mapfile -t files < <(find "${dirs[@]}" -name '*.jsonl' | sort)
    [ "${#files[@]}" -gt 0 ] || skip "there are no cases"
    "$program" "${files[@]}"
}

suite_sim() { labelled sim; }
suite_malformed() { labelled malformed; }

suite_lab() {
    can_make_namespaces
    tests/lab/probes_test.sh
}

can_make_namespaces() {
    [ "$(id -u)" = 0 ] || skip "needs root: it makes namespaces"
    unshare --net --mount --pid --fork true 2>/dev/null || skip "this machine lets nobody make namespaces"
}

suite_packs() {
    local f failed=0 any=
    for f in tests/actions/*_test.sh tests/actions/*_test.py; do
        [ -f "$f" ] || continue
        [ -n "$any" ] || { can_make_namespaces; build dev; }
        any=1
        echo "== $f"
        "$f" || [ $? = 77 ] || failed=1
    done
    [ -n "$any" ] || skip "no pack has a test against a real target yet"
    exit $failed
}

suite_e2e() {
    can_make_namespaces
    build dev
    "$(echo "tests/e2e/$1"_test.*)"
}

# Most of a minute for what strangers write, less for the rest, two at a time; what a target stumbled over stays in build/fuzz/found, to become part of its corpus.
suite_fuzz() {
    build fuzz
    [ -d build/fuzz/fuzz ] || skip "there is no target"
    mkdir -p build/fuzz/found
    find build/fuzz/fuzz -maxdepth 1 -type f -executable -print0 | sort -z | xargs -0 -P 2 -n 1 bash -c '
        name=${0##*/}; mkdir -p "build/fuzz/work/$name"; seeds=tests/fuzz/corpus/${name#fuzz_}; [ -d "$seeds" ] || seeds=
        case $name in fuzz_yaml | fuzz_cel | fuzz_alert | fuzz_protocol) time='"${FUZZ_SECONDS:-30}"' ;; *) time='"${FUZZ_SECONDS:-10}"' ;; esac
        "$0" -max_total_time=$time -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/work/$name" $seeds >"build/logs/$name.log" 2>&1 ||
            { echo "$name: exit $?"; tail -40 "build/logs/$name.log"; exit 1; }
        echo "$name: $(sed -n "s/^stat::number_of_executed_units: *//p" "build/logs/$name.log") runs"'
}

# The product's own code; in tests the jumps of a failed assertion make the analyzer guess.
# A file is looked at again only when it, a header it includes, or the list of checks has changed. What was changed last
# goes first; what the time does not reach is said.
suite_tidy() {
    build clang
    mkdir -p build/tidy
    git ls-files -- engine state connectors soarctl soard | grep '\.c$' | xargs -r ls -t | xargs -P "$JOBS" -n 1 bash tests/run.sh --tidy-one
    local code=$?
    echo "$(find build/tidy -name '*.left' | wc -l) files left for another time"
    find build/tidy -name '*.left' -delete
    exit $((code > 0))
}

tidy_one() {
    local file=$1 stamp
    grep -qF "\"$PWD/$file\"" build/clang/compile_commands.json || return 0 # built by the fuzz preset alone
    stamp=build/tidy/$({ cat .clang-tidy; clang -E -D_GNU_SOURCE -I. -Iinclude -Ibuild/clang/generated "$file" 2>&1; } | sha256sum | cut -c1-40)
    [ -e "$stamp" ] && return
    if [ "$(($(date +%s) - $(stat -c %Y build/logs/.tidy.begin)))" -gt 240 ]; then
        touch "$stamp.left"
        return
    fi
    if clang-tidy --quiet -p build/clang "$file" >"$stamp.out" 2>/dev/null; then
        touch "$stamp"
        rm "$stamp.out"
    else
        cat "$stamp.out"
        rm "$stamp.out"
        return 1
    fi
}

suite_demo() {
    [ -f examples/demo.sh ] || skip "there is no examples/demo.sh yet"
    can_make_namespaces
    bash examples/demo.sh
}

suite_fresh() { bash tests/fresh/debootstrap.sh; }
