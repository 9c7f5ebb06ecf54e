package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"

	"crier.dev/crier/internal/testing/sourcetest/postgres"
	"crier.dev/crier/internal/testing/sourcetest/slapd"
)

// secrets are made for one run, and written nowhere but into Secrets.
type secrets struct{ directoryPassword, databasePassword, relayPassword string }

func newSecrets() secrets { return secrets{rand.Text(), rand.Text(), rand.Text()} }

// startServers starts directory and database where pods reach them. Both end with the demo.
func (d *demo) startServers(ctx context.Context) (stop func(), err error) {
	host, err := d.kube.NodeAddress(ctx)
	if err != nil {
		return nil, err
	}
	// Not below the usual folder for temporary files: the path of a socket must be short.
	dir, err := os.MkdirTemp("/tmp", "crier-demo-")
	if err != nil {
		return nil, err
	}
	stop = func() {
		if d.directory != nil {
			d.directory.Stop()
		}
		if d.database != nil {
			d.database.Stop()
		}
		os.RemoveAll(dir)
	}
	if err := d.start(ctx, dir, host); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

func (d *demo) start(ctx context.Context, dir, host string) (err error) {
	// The user postgres has to get through to its folder.
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // what is in it is closed
		return err
	}
	for _, name := range []string{"/ldap", "/sql"} {
		if err := os.Mkdir(dir+name, 0o700); err != nil {
			return err
		}
	}
	d.Say("Starting OpenLDAP at %s with %d employees, with TLS", host, employees)
	d.directory, err = slapd.Start(ctx, dir+"/ldap", slapd.Options{
		Address: host, Config: rights, LDIF: func(w io.Writer) error { return entries(w, d.directoryPassword) },
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "%s; the filter of the set is (objectClass=inetOrgPerson)\n", d.directory.LDAPS)
	d.Say("Starting PostgreSQL at %s with %d rows, with TLS", host, rows)
	if d.database, err = postgres.Start(ctx, dir+"/sql", postgres.Options{Address: host}); err != nil {
		return err
	}
	if err := d.database.Exec(ctx, "CREATE DATABASE residents"); err != nil {
		return err
	}
	return d.database.ExecIn(ctx, "residents", tableOf(d.databasePassword))
}
