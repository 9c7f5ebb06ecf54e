package sql

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/remote"
)

// maxMessage bounds one row, in octets: a database is a stranger.
const maxMessage = 4 << 20

// connect opens a session over TLS, logged in. The Secret's password is tried
// once.
func connect(ctx context.Context, set settings, from source.Host) (*pgconn.PgConn, error) {
	login, err := remote.Credentials(ctx, from, set.secret, "username", "password")
	if err != nil {
		return nil, err
	}
	// Everything that matters is named here or set below, since what isn't
	// would come from the environment and files of this process.
	config, err := pgconn.ParseConfig("host=localhost port=5432 user=x password=x dbname=x sslmode=disable connect_timeout=0 " +
		"target_session_attrs=any sslnegotiation=postgres channel_binding=prefer require_auth=password,md5,scram-sha-256")
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.Database = set.host, set.port, set.database
	config.User, config.Password = login[0], login[1]
	config.TLSConfig, config.Fallbacks = set.tls, nil
	config.ConnectTimeout = set.connect
	config.MaxProtocolMessageBodyLen = maxMessage
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		return pgproto3.NewFrontend(&statuses{from: r}, w)
	}
	config.RuntimeParams = map[string]string{"application_name": "crier", "client_encoding": "UTF8"}
	// The guard has to see the name as well as what it stands for.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.DialFunc = from.Guard().DialContext
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, set.notConnected(err)
	}
	return conn, nil
}

func (set settings) notConnected(err error) error {
	var answer *pgconn.PgError
	switch {
	case errors.As(err, &answer):
		return set.answered(answer, atConnect)
	case strings.Contains(err.Error(), "refused TLS"):
		return source.Say(source.Refused, "%s doesn't offer TLS, and nothing is read without it; turn on ssl there.", set.host)
	case strings.Contains(err.Error(), "require_auth"), strings.Contains(err.Error(), "unsupported authentication"):
		return source.Say(source.Refused, "%s requires a login other than a password; allow a password for the account there.", set.host)
	}
	return remote.Failed(set.host, err)
}
