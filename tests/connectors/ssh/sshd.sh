#!/bin/sh
# sshd.sh DIR PORT: a private sshd on loopback in the foreground, for the tests of soar-ssh.
#
# As root it runs in a mount namespace of its own, whose /etc/passwd has an account for each login shell (t_sh, t_bash, …): the
# machine's own files are never touched. As anybody else there is only the caller's account. DIR holds its keys; its log goes to
# standard error.
set -eu
dir=$1 port=$2

if [ "${3:-}" != inside ]; then
  mkdir -p "$dir/home" "$dir/bb"
  for kind in ed25519 ecdsa rsa; do
    [ -f "$dir/host_$kind" ] || ssh-keygen -q -t $kind -N '' -C test -f "$dir/host_$kind"
  done
  [ -f "$dir/id" ] || ssh-keygen -q -t ed25519 -N '' -C test -f "$dir/id"
  [ -f "$dir/id_ecdsa" ] || ssh-keygen -q -t ecdsa -N '' -C test -f "$dir/id_ecdsa"
  [ -f "$dir/id_rsa" ] || ssh-keygen -q -t rsa -b 2048 -N '' -C test -f "$dir/id_rsa"
  [ -f "$dir/id_locked" ] || ssh-keygen -q -t ed25519 -N 'open sesame' -a 1 -C test -f "$dir/id_locked"
  [ -f "$dir/id_pem" ] || ssh-keygen -q -t rsa -b 2048 -m PEM -N 'open sesame' -C test -f "$dir/id_pem"
  [ -f "$dir/id_stranger" ] || ssh-keygen -q -t ed25519 -N '' -C test -f "$dir/id_stranger"
  [ -f "$dir/authority" ] || ssh-keygen -q -t ed25519 -N '' -C test -f "$dir/authority"
  mkdir -p "$dir/principals"
  for user in t_sh "$(id -un)"; do echo "$user@web-01" > "$dir/principals/$user"; done
  cat "$dir/id.pub" "$dir/id_ecdsa.pub" "$dir/id_rsa.pub" "$dir/id_locked.pub" "$dir/id_pem.pub" > "$dir/authorized"
  chmod 755 "$dir"
  chmod 777 "$dir/home"
  cat > "$dir/sshd_config" <<CFG
ListenAddress 127.0.0.1:$port
HostKey $dir/host_ed25519
HostKey $dir/host_ecdsa
HostKey $dir/host_rsa
PidFile none
AuthorizedKeysFile $dir/authorized
TrustedUserCAKeys $dir/authority.pub
AuthorizedPrincipalsFile $dir/principals/%u
PasswordAuthentication yes
KbdInteractiveAuthentication yes
LogLevel DEBUG1
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
MaxStartups 200
MaxSessions 50
CFG
  if [ "$(id -u)" = 0 ]; then
    mkdir -p /run/sshd
    exec unshare --mount --propagation private "$0" "$dir" "$port" inside
  fi
else
  ln -sf "$(command -v busybox || echo /bin/false)" "$dir/bb/sh"
  {
    cat /etc/passwd
    uid=64100
    for shell in sh bash dash fish tcsh mksh; do
      path=$(command -v $shell || true)
      [ -n "$path" ] && echo "t_$shell:*:$uid:$uid::$dir/home:$path"
      uid=$((uid + 1))
    done
    command -v busybox >/dev/null && echo "t_busybox:*:$uid:$uid::$dir/home:$dir/bb/sh"
    echo "t_sudo:*:64119:64119::$dir/home:/bin/sh"
    echo "t_none:*:64120:64120::$dir/home:/usr/sbin/nologin"
    echo "t_chatty:*:64121:64121::$dir/home:$dir/chatty"
  } > "$dir/passwd"
  printf '#!/bin/sh\necho "Welcome to this machine!"; echo "$0: unauthorised use is prohibited" >&2; exec /bin/sh "$@"\n' > "$dir/chatty"
  chmod 755 "$dir/chatty"
  mount --bind "$dir/passwd" /etc/passwd
  if [ -f /etc/sudoers ]; then # t_sudo may run the loader, and the one script installed under its digest
    mkdir -m 755 "$dir/scripts"
    printf 'id -u; printf %%s "$1"; cat' > "$dir/scripts/script"
    digest=$(sha256sum < "$dir/scripts/script" | cut -d' ' -f1)
    mv "$dir/scripts/script" "$dir/scripts/$digest"
    chmod 755 "$dir/scripts/$digest"
    { echo "Defaults env_reset, use_pty"; "$SOAR_SSH" --sudoers t_sudo; echo "t_sudo ALL=(root) NOPASSWD: $dir/scripts/$digest"; } > "$dir/sudoers"
    chmod 440 "$dir/sudoers"
    mount --bind "$dir/sudoers" /etc/sudoers
  fi
fi
exec /usr/sbin/sshd -D -e -f "$dir/sshd_config"
