/* Processes of the tests: each is ended by its pid; waiting is always for something to happen, never for time
 * to pass. */
#include "tests/connectors/ssh/ssh_lab.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/log.h"

static int listen_any(int *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    *ret_port = ntohs(name.sin_port);
    return fd;
}

int lab_free_port(void)
{
    int port;
    close(listen_any(&port));
    return port;
}

static int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    close(fd);
    return -1;
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

/* Moves what is there, up to *left; false: the end. */
static bool pass(int from, int to, int64_t *left)
{
    char chunk[16384];
    size_t most = *left >= 0 && *left < (int64_t)sizeof chunk ? (size_t)*left : sizeof chunk;
    ssize_t got = read(from, chunk, most);
    if (got <= 0 || write(to, chunk, (size_t)got) != got)
        return false;
    *left -= *left >= 0 ? got : 0;
    return *left != 0;
}

static void relay_one(int client, int port, int64_t up, int64_t down, struct relay_seen *seen)
{
    int server = connect_to(port);
    struct pollfd ends[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool on = server >= 0 && up != 0 && down != 0;
    int now = 1; /* or each small packet waits for the last one's acknowledgement */
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    while (on && poll(ends, 2, -1) > 0) {
        if (ends[0].revents) {
            seen->chunks_up++;
            on = pass(client, server, &up);
        }
        if (on && ends[1].revents)
            on = pass(server, client, &down);
    }
    reset(client);
    if (server >= 0)
        reset(server);
}

pid_t relay_start(int port, int64_t up, int64_t down, int *ret_port, struct relay_seen **ret_seen)
{
    struct relay_seen *seen =
        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(seen != MAP_FAILED);
    int fd = listen_any(ret_port);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        signal(SIGPIPE, SIG_IGN);
        for (int client; (client = accept(fd, NULL, NULL)) >= 0;) {
            seen->connections++;
            relay_one(client, port, up, down, seen);
        }
        _exit(0);
    }
    close(fd);
    *ret_seen = seen;
    return pid;
}

void process_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void on_sending(void *arg, uint64_t number)
{
    struct ssh_lab *lab = arg;
    (void)number;
    lab->sending = true;
    if (lab->kill_when_sending) {
        char command[64];
        snprintf(command, sizeof command, "kill -KILL $(pgrep -P %d -x soar-ssh)", (int)getpid());
        assert_int_equal(system(command), 0);
    }
}

static void on_answer(void *arg, const struct soar_answer *answer)
{
    struct ssh_lab *lab = arg;
    struct soar_err err;
    lab->answered = true;
    lab->class = answer->class;
    lab->why = arena_string(lab->arena, answer->why);
    assert_int_equal(json_parse(lab->arena, answer->result, strlen(answer->result), &lab->result, &err), 0);
    event_base_loopbreak(lab->base);
}

/* The log's line says that it listens. */
static void await_sshd(struct ssh_lab *lab)
{
    char log[8192];
    size_t len = 0;
    log[0] = '\0';
    while (strstr(log, "Server listening") == NULL) {
        ssize_t got = read(lab->sshd_log, log + len, sizeof log - 1 - len);
        if (got <= 0)
            fail_msg("sshd did not start: %s", log);
        len += (size_t)got;
        log[len] = '\0';
    }
}

static void start_sshd(struct ssh_lab *lab)
{
    int log[2];
    char port[16];
    lab->port = lab_free_port();
    snprintf(port, sizeof port, "%d", lab->port);
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    lab->sshd = fork();
    if (lab->sshd == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
        dup2(log[1], 2);
        setenv("SOAR_SSH", SOAR_BINARY_DIR "/libexec/soar/soar-ssh", 1);
        execl(SOAR_SOURCE_DIR "/tests/connectors/ssh/sshd.sh", "sshd.sh", lab->dir, port, (char *)NULL);
        _exit(127);
    }
    close(log[1]);
    lab->sshd_log = log[0];
    await_sshd(lab);
    fcntl(lab->sshd_log, F_SETPIPE_SZ, 1024 * 1024); /* nobody reads it from now on, but for lab_log() */
}

void lab_open(struct ssh_lab *lab, bool with_sshd)
{
    *lab = (struct ssh_lab){.dir = "/tmp/soar-ssh-XXXXXX", .sshd_log = -1};
    assert_non_null(mkdtemp(lab->dir));
    log_set_level(LOG_ERROR_LEVEL);
    lab->base = event_base_new();
    lab->arena = arena_new();
    struct soar_err err;
    const struct pool_options options = {.base = lab->base, .libexec = SOAR_BINARY_DIR "/libexec/soar"};
    lab->pool = pool_new(&options, &err);
    const struct soar_caller_events events = {.sending = on_sending, .answer = on_answer, .arg = lab};
    lab->pool->ops->listen(lab->pool, &events);
    if (with_sshd)
        start_sshd(lab);
}

void lab_close(struct ssh_lab *lab)
{
    char command[128];
    lab->pool->ops->free(lab->pool);
    event_base_free(lab->base);
    arena_free(lab->arena);
    if (lab->sshd > 0) {
        kill(lab->sshd, SIGTERM);
        waitpid(lab->sshd, NULL, 0);
        close(lab->sshd_log);
    }
    snprintf(command, sizeof command, "rm -rf %s", lab->dir);
    assert_int_equal(system(command), 0);
}

char *lab_file(const struct ssh_lab *lab, const char *name)
{
    char path[256], *text;
    size_t len;
    struct soar_err err;
    ARENA_SCOPED arena = arena_new();
    snprintf(path, sizeof path, "%s/%s", lab->dir, name);
    assert_int_equal(file_read(arena, path, 65536, &text, &len, &err), 0);
    return strdup(text);
}

bool lab_has_account(const struct ssh_lab *lab, const char *user)
{
    char path[256], entry[64];
    snprintf(path, sizeof path, "%s/passwd", lab->dir);
    if (access(path, R_OK))
        return false;
    char *text = lab_file(lab, "passwd");
    snprintf(entry, sizeof entry, "\n%s:", user);
    bool found = strstr(text, entry);
    free(text);
    return found;
}

char *lab_known(const struct ssh_lab *lab, const char *kind, const char *name)
{
    char file[64], *line;
    snprintf(file, sizeof file, "host_%s.pub", kind);
    char *key = lab_file(lab, file);
    assert_true(asprintf(&line, "%s %s", name, key) > 0);
    free(key);
    return line;
}

const char *lab_user(void)
{
    return getuid() == 0 ? "t_sh" : getpwuid(getuid())->pw_name;
}

static void add_member(struct buf *json, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buf_printf(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
    json_quote(json, text, strlen(text));
}

void lab_run(struct ssh_lab *lab, struct lab_call call)
{
    struct soar_err err;
    BUF_SCOPED peer;
    BUF_SCOPED secrets;
    buf_init(&peer, 0);
    buf_init(&secrets, 0);
    char *key = lab->sshd ? lab_file(lab, call.key ? call.key : "id") : strdup("none");
    buf_text(&peer, "{");
    add_member(&peer, "name", "web-01");
    add_member(&peer, "address", call.address ? call.address : "127.0.0.1");
    add_member(&peer, "user", call.user ? call.user : lab_user());
    add_member(&peer, "known_hosts", call.known_hosts ? call.known_hosts : "");
    buf_printf(&peer, ",\"port\":%d%s}", call.port ? call.port : lab->port,
               call.peer_more ? call.peer_more : "");
    buf_text(&secrets, "{");
    add_member(&secrets, "key", call.key_text ? call.key_text : key);
    add_member(&secrets, "certificate", call.certificate);
    add_member(&secrets, "passphrase", call.passphrase);
    buf_text(&secrets, "}");
    free(key);
    const struct soar_call out = {
        .number = ++lab->number,
        .session = call.session ? call.session : "usual",
        .connector = "ssh",
        .peer = buf_string(&peer),
        .read_only = call.read_only,
        .function = call.function,
        .target = "web-01",
        .args = call.args ? call.args : "{}",
        .secrets = buf_string(&secrets),
        .left_ms = call.left_ms ? call.left_ms : 30000,
    };
    arena_free(lab->arena);
    lab->arena = arena_new();
    lab->answered = lab->sending = false;
    if (lab->pool->ops->call(lab->pool, &out, &err))
        fail_msg("%s", err.text);
    while (!lab->answered)
        event_base_dispatch(lab->base);
}

void lab_script(struct ssh_lab *lab, const char *function, const char *script, const char *arg,
                const char *input)
{
    BUF_SCOPED args;
    buf_init(&args, 0);
    buf_text(&args, "{");
    add_member(&args, "script", script);
    add_member(&args, "stdin", input);
    if (arg) {
        buf_text(&args, ",\"args\":[");
        json_quote(&args, arg, strlen(arg));
        buf_text(&args, "]");
    }
    buf_text(&args, "}");
    char name[64];
    snprintf(name, sizeof name, "[127.0.0.1]:%d", lab->port);
    char *known = lab_known(lab, "ed25519", name);
    lab_run(lab, (struct lab_call){.function = function, .args = buf_string(&args), .known_hosts = known});
    free(known);
}
