package smtptest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (x *session) mailFrom(rest string) error {
	switch {
	case !x.greeted:
		return x.outOfOrder("EHLO first")
	case x.mail:
		return x.outOfOrder("One MAIL at a time")
	case x.srv.cfg.RequireTLS && !x.tls:
		return x.reply(530, "5.7.0", "Must issue a STARTTLS command first")
	case len(x.srv.cfg.Users) > 0 && x.user == "":
		return x.reply(530, "5.7.0", "Authentication required")
	}
	x.spoiled = true // until it has been taken
	addr, params, err := parsePath(rest, "FROM:")
	if err != nil {
		return x.reply(501, "5.5.4", err.Error())
	}
	if limit := x.srv.engine.Load().script.MessagesPerConnection; limit > 0 && x.messages >= limit {
		return x.reply(421, "4.7.0", "Too many messages on this connection")
	}
	if reply, refused := x.checkMailParams(addr, params); refused {
		return reply()
	}
	r, ok := x.srv.engine.Load().find(Mail)
	if !ok || r.Code == 0 || r.Code/100 == 2 {
		x.mail, x.from, x.mailParams, x.spoiled = true, addr, params, false
	}
	return x.perform(r, 250, "2.1.0", "Ok")
}

// checkMailParams refuses parameters that were not offered.
func (x *session) checkMailParams(addr, params string) (func() error, bool) {
	utf8 := false
	for _, p := range strings.Fields(params) {
		name, value, _ := strings.Cut(strings.ToUpper(p), "=")
		keyword := map[string]string{"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "RET": "DSN", "ENVID": "DSN", "AUTH": "AUTH"}[name]
		if keyword == "" || x.lacks(keyword) {
			return func() error { return x.reply(555, "5.5.4", "Unknown parameter "+name) }, true
		}
		if size, err := strconv.Atoi(value); name == "SIZE" && (err != nil || size > x.srv.cfg.MaxSize) {
			return func() error { return x.reply(552, "5.3.4", "Message too big") }, true
		}
		utf8 = utf8 || name == "SMTPUTF8"
	}
	if !utf8 && !ascii(addr) {
		return func() error { return x.reply(553, "5.6.7", "Needs SMTPUTF8") }, true
	}
	return nil, false
}

func (x *session) rcptTo(rest string) error {
	if !x.mail {
		return x.tooEarly("MAIL first")
	}
	x.spoiled = true
	addr, params, err := parsePath(rest, "TO:")
	switch {
	case err != nil || addr == "":
		return x.reply(501, "5.1.3", "Bad recipient")
	case params != "" && x.lacks("DSN"):
		return x.reply(555, "5.5.4", "Unknown parameter")
	case !ascii(addr) && !strings.Contains(strings.ToUpper(x.mailParams), "SMTPUTF8"):
		return x.reply(553, "5.6.7", "Needs SMTPUTF8")
	}
	r, ok := x.srv.engine.Load().find(Rcpt, addr)
	if ok && (r.Drop == DropBefore || r.Code >= 300) {
		code, text := verdict(r, 250, "2.1.5", "Ok")
		x.note(Rcpt, code, text, false, addr)
	} else {
		x.to = append(x.to, addr)
		x.rcptParams = append(x.rcptParams, params)
	}
	return x.perform(r, 250, "2.1.5", "Ok")
}

func (x *session) data() error {
	engine := x.srv.engine.Load()
	if len(x.to) == 0 && (!x.spoiled || !engine.script.DataForNobody) {
		return x.tooEarly("RCPT first")
	}
	r, ok := engine.find(Data, x.to...)
	if ok && r.speaks() && (r.Code != 354 || r.Drop != "") {
		// The transaction stays open, as RFC 5321 section 4.1.4 says.
		code, text := verdict(r, 354, "", "Go ahead")
		x.note(Data, code, text, false, x.to...)
		return x.perform(r, 354, "", "Go ahead")
	}
	if err := x.perform(r, 354, "", "End data with <CR><LF>.<CR><LF>"); err != nil {
		return err
	}
	if err := x.out.Flush(); err != nil {
		return err
	}
	x.traced = x.srv.store.trace.begun(x.id, x.to)
	if r, ok := x.srv.engine.Load().find(Body, x.to...); ok {
		if err := x.body(r); err != nil {
			return err
		}
	}
	body, err := x.readData()
	if err != nil {
		x.note(Body, 0, "", false, x.to...)
		return err
	}
	return x.finish(body)
}

// body acts on a rule after the first octets of a message: says its words, then hangs up.
func (x *session) body(r Rule) error {
	if _, err := x.in.Peek(1); err != nil {
		return err
	}
	x.sleep(r)
	if !r.speaks() {
		return nil
	}
	code, text := verdict(r, 421, "4.3.0", "Enough")
	x.note(Body, code, text, false, x.to...)
	if r.Drop != DropBefore && r.Drop != DropStored {
		if err := x.say(r, 421, "4.3.0", "Enough"); err != nil {
			return err
		}
	}
	return x.leave(r)
}

// finish judges a whole message and answers the dot.
func (x *session) finish(b received) error {
	defer x.forget()
	x.srv.store.trace.change(x.traced, func(t *Transaction) { t.Dot = time.Now() })
	x.step(".")
	x.bare(b.bare)
	switch {
	case len(x.to) == 0:
		return x.answer(Dot, 554, "5.5.1", "No valid recipients")
	case b.tooBig:
		x.note(Dot, 552, "5.3.4 Message too big", false, x.to...)
		return x.reply(552, "5.3.4", "Message too big")
	case b.bare > x.srv.cfg.BareLineEnds:
		x.note(Dot, 554, "5.6.11 Bare CR or LF", false, x.to...)
		return x.reply(554, "5.6.11", "Bare CR or LF")
	}
	r, ok := x.srv.engine.Load().find(Dot, x.to...)
	if ok && (r.Drop == DropBefore || r.Code >= 300) {
		code, text := verdict(r, 250, "2.0.0", "Ok")
		x.note(Dot, code, text, false, x.to...)
		return x.perform(r, 250, "2.0.0", "Ok")
	}
	x.sleep(r)
	r.Delay = 0
	m := x.keep(b.data)
	code, text := verdict(r, 250, "2.0.0", fmt.Sprintf("Ok: queued as %d", m.ID))
	x.note(Dot, code, text, true, x.to...)
	return x.perform(r, 250, "2.0.0", fmt.Sprintf("Ok: queued as %d", m.ID))
}

func (x *session) keep(data []byte) *Message {
	x.messages++
	m := &Message{
		Time: time.Now(), Connection: x.id, From: x.from, To: x.to, MailParams: x.mailParams,
		RcptParams: x.rcptParams, TLS: x.tls, User: x.user, Data: data,
	}
	x.srv.store.add(m)
	if x.srv.cfg.OnAccept != nil {
		x.srv.cfg.OnAccept(*m)
	}
	return m
}

// parsePath reads "FROM:<a@b> PARAMS". Brackets are required, blanks before them refused.
func parsePath(rest, prefix string) (addr, params string, err error) {
	if len(rest) < len(prefix) || !strings.EqualFold(rest[:len(prefix)], prefix) {
		return "", "", fmt.Errorf("%s expected", prefix)
	}
	rest = rest[len(prefix):]
	if !strings.HasPrefix(rest, "<") {
		return "", "", errors.New("address in angle brackets expected")
	}
	quoted := false
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && quoted:
			i++
		case rest[i] == '"':
			quoted = !quoted
		case rest[i] == '>' && !quoted:
			tail := rest[i+1:]
			if tail != "" && tail[0] != ' ' {
				return "", "", errors.New("blank expected after the address")
			}
			return rest[1:i], strings.TrimSpace(tail), nil
		}
	}
	return "", "", errors.New("no end of address")
}

func ascii(s string) bool {
	for _, c := range []byte(s) {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
