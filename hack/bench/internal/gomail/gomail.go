// Package gomail sends the same messages as Crier with go-mail alone: the
// program that one would write in an afternoon, without a ledger.
package gomail

import (
	"context"
	"fmt"
	htmltemplate "html/template"
	"sync"
	texttemplate "text/template"

	mail "github.com/wneessen/go-mail"

	"crier.dev/crier/hack/bench/internal/work"
)

// Options say what to send, and where.
type Options struct {
	Host        string
	Port        int
	Messages    int
	Connections int
}

// data is what the templates see, as in Crier.
type data struct {
	Name, Email string
	Attributes  map[string]string
}

type templates struct {
	subject, text *texttemplate.Template
	html          *htmltemplate.Template
}

// Send sends the messages, each client its part of them, over connections
// that stay open.
func Send(ctx context.Context, o Options) error {
	parsed, err := parse()
	if err != nil {
		return err
	}
	failed := make(chan error, o.Connections)
	var group sync.WaitGroup
	for worker := range o.Connections {
		group.Go(func() { failed <- parsed.send(ctx, o, worker) })
	}
	group.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

func parse() (*templates, error) {
	t := &templates{}
	var err error
	if t.subject, err = texttemplate.New("subject").Parse(work.Subject); err != nil {
		return nil, err
	}
	if t.text, err = texttemplate.New("text").Parse(work.Text); err != nil {
		return nil, err
	}
	t.html, err = htmltemplate.New("html").Parse(work.HTML)
	return t, err
}

func (t *templates) send(ctx context.Context, o Options, worker int) error {
	client, err := mail.NewClient(o.Host, mail.WithPort(o.Port), mail.WithTLSPolicy(mail.NoTLS),
		mail.WithHELO("bench.example.gov"), mail.WithoutNoop(), mail.WithoutRset())
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	for i := worker; i < o.Messages; i += o.Connections {
		message, err := t.compose(i)
		if err != nil {
			return err
		}
		if err := client.Send(message); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return client.Close()
}

func (t *templates) compose(i int) (*mail.Msg, error) {
	person := work.PersonOf(i)
	values := data{
		Name: person.Name, Email: person.Email,
		Attributes: map[string]string{"agency": person.Agency, "branch": person.Branch, "city": person.City},
	}
	m := mail.NewMsg()
	if err := m.EnvelopeFrom("bounces@" + work.BounceDomain); err != nil {
		return nil, err
	}
	if err := m.FromFormat(work.FromName, work.FromAddress); err != nil {
		return nil, err
	}
	if err := m.AddToFormat(person.Name, person.Email); err != nil {
		return nil, err
	}
	var subject writer
	if err := t.subject.Execute(&subject, values); err != nil {
		return nil, err
	}
	m.Subject(string(subject))
	m.SetDate()
	m.SetMessageID()
	for _, header := range [][2]string{
		{"Precedence", "list"}, {"X-Auto-Response-Suppress", "OOF, AutoReply"},
		{"List-Id", work.ListName + " <all." + work.ListDomain + ">"}, {"List-Post", "NO"},
	} {
		m.SetGenHeader(mail.Header(header[0]), header[1])
	}
	if err := m.SetBodyTextTemplate(t.text, values); err != nil {
		return nil, err
	}
	return m, m.AddAlternativeHTMLTemplate(t.html, values)
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}
