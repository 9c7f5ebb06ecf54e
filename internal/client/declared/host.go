package declared

import (
	"context"
	"errors"
	"fmt"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/smtp/dialguard"
)

// host lets a source read what is declared in the namespace of its set.
type host struct {
	w         *World
	namespace string
}

// unknown is an error that says that something isn't declared here, so that
// nothing can be said about what is in it.
type unknown struct{ what string }

func (u *unknown) Error() string { return u.what }

// ConfigMap implements source.Host.
func (h host) ConfigMap(_ context.Context, name string) (map[string][]byte, string, error) {
	files, err := h.w.open("ConfigMap", Key{h.namespace, name})
	return files.Data, "", err
}

// Secret implements source.Host.
func (h host) Secret(_ context.Context, name, use string) (map[string][]byte, string, error) {
	files, err := h.w.open("Secret", Key{h.namespace, name})
	if err == nil && files.Use != use {
		return nil, "", source.Say(source.Unlabeled, "%s", unlabeled(name, use))
	}
	return files.Data, "", err
}

// Roster implements source.Host.
func (h host) Roster(_ context.Context, name string) (roster.Rows, string, error) {
	r := h.w.Roster(Key{h.namespace, name})
	switch {
	case r.Problem != nil:
		return nil, "", source.Say(source.Unavailable, "SubscriberSet %s can't be used: %s", name, r.Problem.Message)
	case !r.People:
		return nil, "", &unknown{r.Unknown}
	}
	return r.Open(), r.stored.digest, nil
}

// Guard implements source.Host: nothing here connects to anything.
func (host) Guard() dialguard.Guard { return dialguard.Guard{} }

// Now implements source.Host.
func (host) Now() time.Time { return time.Time{} }

// open gives what a ConfigMap or Secret holds. An error is *unknown, or a
// *source.Problem if it is known not to be there.
func (w *World) open(kind string, key Key) (Files, error) {
	object, ok := w.known(kind, key)
	switch {
	case ok:
		return object.Value, nil
	case w.missing(kind, key):
		return Files{}, source.Say(source.Missing, "There is no %s %s.", kind, key.Name)
	}
	return Files{}, &unknown{fmt.Sprintf("%s %s isn't known here", kind, key.Name)}
}

// files are the ConfigMaps or Secrets.
func (w *World) files(kind string) *Index[Files] {
	if kind == "Secret" {
		return &w.Secrets
	}
	return &w.ConfigMaps
}

func unlabeled(secret, use string) string {
	return fmt.Sprintf("Secret %s doesn't say that Crier may use it. If it may, give it the label %s: %s.", secret, crier.LabelUse, use)
}

// why is what keeps something from being read: a problem that Crier would have
// as well, or what isn't known here.
func why(err error) (problem *source.Problem, unknownHere string) {
	var u *unknown
	switch {
	case errors.As(err, &problem):
		return problem, ""
	case errors.As(err, &u):
		return nil, u.what
	}
	return source.Say(source.Unreadable, "It can't be read."), "" // the error could quote a row
}
