package sql

import (
	"crypto/tls"
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/remote"
)

const (
	defaultPort    = 5432
	defaultTimeout = 5 * time.Minute
	// lockTimeout is how long the query waits for somebody who changes a table.
	lockTimeout = 30 * time.Second
	// idleTimeout has the server end a transaction of ours that we left.
	idleTimeout = time.Minute
)

// settings are a spec that makes sense, with defaults.
type settings struct {
	host       string
	port       uint16
	database   string
	secret     string
	tls        *tls.Config
	query      string
	parameters [][]byte
	mapping    crier.CSVColumns
	timeout    time.Duration
	connect    time.Duration // as long as it may take to be logged in
}

// parse finds what is wrong with a spec before anything is connected to.
// Errors are *source.Problem of the kind Invalid.
func parse(spec crier.SQLSource) (settings, error) {
	set := settings{
		host: spec.Host, port: defaultPort, database: spec.Database, secret: spec.SecretRef.Name,
		query: spec.Query, mapping: spec.Columns, timeout: defaultTimeout, connect: remote.ConnectTimeout,
	}
	if spec.Driver != "" && spec.Driver != crier.SQLPostgreSQL {
		return set, source.Say(source.Invalid, "driver %s is not known; there is %s.", spec.Driver, crier.SQLPostgreSQL)
	}
	if spec.Port > 0 {
		set.port = uint16(spec.Port)
	}
	if spec.StatementTimeout != nil {
		set.timeout = spec.StatementTimeout.Duration
	}
	if set.mapping.Email == "" {
		set.mapping.Email = "email"
	}
	if set.mapping.Name == "" {
		set.mapping.Name = "name"
	}
	for _, p := range spec.Parameters {
		set.parameters = append(set.parameters, []byte(p))
	}
	var err error
	set.tls, err = remote.TLS(spec.TLS, spec.Host)
	return set, err
}

// begin opens the transaction. Its settings end with it, so that they also are
// right where a pooler gives the session to somebody else afterwards.
func (set settings) begin() string {
	return fmt.Sprintf("BEGIN READ ONLY; "+
		"SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d; "+
		"SET LOCAL DateStyle = 'ISO'; SET LOCAL TimeZone = 'UTC'",
		set.timeout.Milliseconds(), min(lockTimeout, set.timeout).Milliseconds(), idleTimeout.Milliseconds())
}

func (set settings) checkParameters(wanted int) error {
	if given := len(set.parameters); given != wanted {
		return source.Say(source.Invalid, "The query has %d parameters ($1, ...), but the spec has %d.", wanted, given)
	}
	return nil
}
