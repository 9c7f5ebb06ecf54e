package slapd

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// load writes the entries straight into the database, which takes a second for
// ten thousand.
func load(ctx context.Context, config string, o Options) error {
	command := exec.CommandContext(ctx, Program, "-T", "add", "-q", "-f", config)
	in, err := command.StdinPipe()
	if err != nil {
		return err
	}
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Start(); err != nil {
		return err
	}
	_, err = io.WriteString(in, Base)
	if err == nil && o.LDIF != nil {
		err = o.LDIF(in)
	}
	in.Close()
	if ended := command.Wait(); ended != nil {
		return fmt.Errorf("entries can't be loaded: %w: %s", ended, said.String())
	}
	return err
}

// PeopleDN and GroupsDN are where people and groups are.
const (
	PeopleDN = "ou=people," + Suffix
	GroupsDN = "ou=groups," + Suffix
)

// Base are the entries that every server has.
const Base = `dn: ` + Suffix + `
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ` + PeopleDN + `
objectClass: organizationalUnit
ou: people

dn: ` + GroupsDN + `
objectClass: organizationalUnit
ou: groups

`

// Entry is one entry: attributes are pairs of name and value, in order.
func Entry(dn string, attributes ...string) string {
	var b strings.Builder
	line(&b, "dn", dn)
	for i := 0; i+1 < len(attributes); i += 2 {
		line(&b, attributes[i], attributes[i+1])
	}
	b.WriteString("\n")
	return b.String()
}

// line writes values in base64 where LDIF has to (RFC 2849).
func line(b *strings.Builder, name, value string) {
	plain := !strings.HasPrefix(value, " ") && !strings.HasPrefix(value, ":") && !strings.HasPrefix(value, "<") && !strings.HasSuffix(value, " ")
	for i := range len(value) {
		plain = plain && value[i] >= ' ' && value[i] < 0x7f
	}
	if plain {
		fmt.Fprintf(b, "%s: %s\n", name, value)
		return
	}
	fmt.Fprintf(b, "%s:: %s\n", name, base64.StdEncoding.EncodeToString([]byte(value)))
}

// PersonDN is the DN of person i of WritePeople.
func PersonDN(i int) string { return fmt.Sprintf("uid=person%07d,%s", i, PeopleDN) }

// WritePeople writes the people from first to last, who are inetOrgPersons in
// PeopleDN. groups are the DNs of groups that they are in, for memberOf.
func WritePeople(w io.Writer, first, last int, groups ...string) error {
	for i := first; i <= last; i++ {
		uid := fmt.Sprintf("person%07d", i)
		pairs := []string{
			"objectClass", "inetOrgPerson", "uid", uid, "cn", fmt.Sprintf("Person %d", i), "sn", fmt.Sprintf("Person %d", i),
			"displayName", fmt.Sprintf("Person Number %d", i), "mail", uid + "@example.org", "departmentNumber", fmt.Sprint(i % 100),
		}
		for _, g := range groups {
			pairs = append(pairs, "memberOf", g)
		}
		if _, err := io.WriteString(w, Entry(PersonDN(i), pairs...)); err != nil {
			return err
		}
	}
	return nil
}

// GroupDN is the DN of a group of WriteGroup.
func GroupDN(name string) string { return "cn=" + name + "," + GroupsDN }

// WriteGroup writes a groupOfNames with the people from first to last.
func WriteGroup(w io.Writer, name string, first, last int) error {
	pairs := []string{"objectClass", "groupOfNames", "cn", name}
	for i := first; i <= last; i++ {
		pairs = append(pairs, "member", PersonDN(i))
	}
	_, err := io.WriteString(w, Entry(GroupDN(name), pairs...))
	return err
}
