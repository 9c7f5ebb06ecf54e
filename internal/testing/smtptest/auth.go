package smtptest

import (
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

var errSASL = errors.New("malformed SASL exchange")

// mayLogIn says whether AUTH is on offer: only over TLS, with users to log in.
func (x *session) mayLogIn() bool { return x.tls && len(x.srv.cfg.Users) > 0 && !x.lacks("AUTH") }

// auth runs a SASL exchange (RFC 4954).
func (x *session) auth(rest string) error {
	mechanism, initial, hasInitial := strings.Cut(rest, " ")
	mechanism = strings.ToUpper(mechanism)
	switch {
	case !x.greeted || x.mail || x.user != "":
		return x.outOfOrder("AUTH not now")
	case !x.mayLogIn():
		return x.reply(538, "5.7.11", "Encryption required")
	case !slices.Contains(x.srv.cfg.Mechanisms, mechanism):
		return x.reply(504, "5.5.4", "Unknown mechanism")
	}
	if r, ok := x.srv.engine.Load().find(Auth); ok && r.speaks() {
		return x.perform(r, 535, "5.7.8", "Refused")
	} else if ok {
		x.sleep(r)
	}
	user, ok, err := x.exchange(mechanism, initial, hasInitial)
	if errors.Is(err, errSASL) {
		return x.reply(501, "5.5.2", "Malformed")
	}
	if err != nil {
		return err
	}
	if !ok {
		x.srv.store.count(func(st *Stats) { st.Failed++ })
		return x.reply(535, "5.7.8", "Authentication credentials invalid")
	}
	x.user = user
	return x.reply(235, "2.7.0", "Authentication successful")
}

// exchange asks for what the mechanism needs and checks it.
func (x *session) exchange(mechanism, initial string, hasInitial bool) (user string, ok bool, err error) {
	var first []byte
	if mechanism != "LOGIN" {
		if first, err = x.initial(initial, hasInitial); err != nil {
			return "", false, err
		}
	}
	switch mechanism {
	case "PLAIN":
		parts := strings.Split(string(first), "\x00")
		if len(parts) != 3 {
			return "", false, errSASL
		}
		return parts[1], x.knows(parts[1], parts[2]), nil
	case "LOGIN":
		name, err := x.challenge("Username:")
		if err != nil {
			return "", false, err
		}
		password, err := x.challenge("Password:")
		return string(name), err == nil && x.knows(string(name), string(password)), err
	case "XOAUTH2":
		user, rest, _ := strings.Cut(strings.TrimPrefix(string(first), "user="), "\x01")
		token := strings.TrimSuffix(strings.TrimPrefix(rest, "auth=Bearer "), "\x01\x01")
		return user, x.knows(user, token), nil
	case "EXTERNAL":
		secured, isTLS := x.conn.(*tls.Conn)
		if !isTLS || len(secured.ConnectionState().PeerCertificates) == 0 {
			return "", false, nil
		}
		return secured.ConnectionState().PeerCertificates[0].Subject.CommonName, true, nil
	}
	return "", false, errSASL
}

func (x *session) initial(text string, present bool) ([]byte, error) {
	switch {
	case !present:
		return x.challenge("")
	case text == "=":
		return nil, nil
	}
	return decode(text)
}

// challenge asks for one response; "*" gives up.
func (x *session) challenge(text string) ([]byte, error) {
	x.write(334, "", base64.StdEncoding.EncodeToString([]byte(text)))
	line, err := x.readLine()
	if err != nil {
		return nil, err
	}
	return decode(line)
}

func decode(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errSASL
	}
	return b, nil
}

func (x *session) knows(user, password string) bool {
	want, ok := x.srv.password(user)
	return ok && subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1
}
