package postgres

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"crier.dev/crier/internal/testing/sourcetest/certs"
)

// maxSocket is how long the path of a socket may be, in octets: unix (7).
const maxSocket = 107

// account is who runs the server: postgres if we are root, else we ourselves.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(postgres.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(postgres.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// rules are who may come how (pg_hba.conf). Those over TCP need a password,
// and TLS where there is any.
func rules(o Options) string {
	if o.NoTLS {
		return "local all all trust\nhost all all all scram-sha-256\n"
	}
	return "local all all trust\nhostssl all all all scram-sha-256\n"
}

func prepare(ctx context.Context, dir string, o Options, pair certs.Pair, as *syscall.Credential) error {
	if n := len(filepath.Join(dir, ".s.PGSQL.65535")); n > maxSocket {
		return fmt.Errorf("the path of a socket would be %d octets long, the limit is %d; use a shorter directory", n, maxSocket)
	}
	if err := give(dir, as); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"cert.pem": pair.Certificate, "key.pem": pair.Key, "password": []byte(Password + "\n"),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
		if err := give(path, as); err != nil {
			return err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(Programs, "initdb"), "-D", data, "-U", Superuser, "-N", "-E", "UTF8",
		"--locale=C.UTF-8", "--auth=scram-sha-256", "--pwfile="+filepath.Join(dir, "password"))
	initdb.Dir = dir
	initdb.SysProcAttr = process(as)
	if said, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, said)
	}
	hba := filepath.Join(data, "pg_hba.conf")
	if err := os.WriteFile(hba, []byte(rules(o)), 0o600); err != nil {
		return err
	}
	return give(hba, as)
}

func give(path string, to *syscall.Credential) error {
	if to == nil {
		return nil
	}
	return os.Chown(path, int(to.Uid), int(to.Gid))
}

func free(address string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0")) //nolint:noctx // it is closed at once
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
