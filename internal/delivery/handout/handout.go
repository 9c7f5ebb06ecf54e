// Package handout is what a sender pod is told about the relay: a
// snapshot of the Relay that the manager keeps up to date in a Secret of the
// record, because a sender's token can read nothing else.
package handout

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Format is the version of a Relay that this release writes and reads. Senders
// of the release before read what a manager writes after an upgrade, so a field is
// only added without raising it if whoever doesn't know it does nothing wrong.
const Format = 1

// ErrNewer is a Relay that a release wrote which came after this one.
var ErrNewer = errors.New("handout: what the pod is told about the relay was written by a later release of Crier")

// Relay says how to reach the relay, and whether to send at all.
type Relay struct {
	// Format is its version; 0 is the first.
	Format int `json:"format,omitempty"`

	// Allowed is false while nothing may be sent: then a sender stops
	// before its next batch.
	Allowed bool `json:"allowed"`

	Host string `json:"host"`
	Port int    `json:"port"`
	HELO string `json:"helo"`

	// TLS is StartTLS, Implicit or None.
	TLS        string `json:"tls"`
	ServerName string `json:"serverName,omitempty"`
	CAPEM      []byte `json:"ca,omitempty"`
	CertPEM    []byte `json:"cert,omitempty"`
	KeyPEM     []byte `json:"key,omitempty"`

	// Auth is a mechanism of the Relay API, or empty for no login.
	Auth     string `json:"auth,omitempty"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`

	// DKIM are the keys to sign with, if any fit the author.
	DKIM []DKIMKey `json:"dkim,omitempty"`

	// Version changes with settings and credentials. A login that was
	// refused is not tried again under the same version. It doesn't change
	// with DKIM keys.
	Version string `json:"version"`

	// LoginRefused is the Version whose login was refused to some sender:
	// nobody tries it again.
	LoginRefused string `json:"loginRefused,omitempty"`

	// MessagesPerConnection before the connection is closed.
	MessagesPerConnection int `json:"messagesPerConnection"`

	// Destinations are domains of recipients with limits of their own.
	Destinations []Destination `json:"destinations,omitempty"`

	// Suppressions is the version of the marks that senders must have before
	// they send to anybody; empty where nobody can be suppressed, as in
	// reports. SuppressionsUnknown is the version of none.
	Suppressions string `json:"suppressions,omitempty"`

	// PrivateAddresses allows loopback and link-local addresses of relays.
	PrivateAddresses bool `json:"privateAddresses,omitempty"`
}

// SuppressionsUnknown says that it isn't known now who is suppressed: nothing
// is sent until it is.
const SuppressionsUnknown = "unknown"

// Destination is a class of recipients by domain. What a pod may use for it
// is in its grant, by name.
type Destination struct {
	Name string `json:"name"`
	// Domains in lower case, as A-labels, without their subdomains.
	Domains []string `json:"domains"`
}

// Encode writes a Relay for a Secret.
func (c Relay) Encode() ([]byte, error) {
	c.Format = Format
	return json.Marshal(c)
}

// Decode reads a Relay out of a Secret. It returns ErrNewer for one of a later
// release: nothing is sent by what may mean something else.
func Decode(data []byte) (Relay, error) {
	var c Relay
	if err := json.Unmarshal(data, &c); err != nil {
		return Relay{}, fmt.Errorf("handout: %w", err)
	}
	if c.Format > Format {
		return Relay{}, ErrNewer
	}
	return c, nil
}
