package gather

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/rosterstore"
	"crier.dev/crier/internal/cluster/userfiles"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/roster"
	"crier.dev/crier/internal/recipients/suppression"
	"crier.dev/crier/internal/words"
)

// Suppressions are the suppressions that apply to a message, as they were at one
// time: what is read later is what was stored then, or an error.
type Suppressions struct {
	mail      suppression.Mail
	reader    client.Reader
	namespace string // of the operator
	found     []crier.Suppression
	waits     []string
}

// SuppressionsOf finds the suppressions that apply to a message. reader must not be a
// cache: nothing about mail is decided on a cache.
//
// A plan uses them like this:
//
//	all, err := gather.SuppressionsOf(ctx, reader, operatorNamespace, mail)
//	...
//	if wait := all.Waits(); wait != "" { ... } // and wait for it
//	key := all.Digest()                        // part of what a plan is remembered by
//	for _, list := range mail.Lists {
//		who := all.OfList(ctx, list, now)
//		for each row of the list, in the order of keys {
//			reason, suppressed, err := who.Match(row.Key)
//		}
//		err := who.Finish()
//	}
//	record.State.Suppressions = &crier.RecordSuppressions{Digest: key, At: now}
//
// An error that wraps rosterstore.ErrUnavailable mends itself: gather again.
func SuppressionsOf(ctx context.Context, reader client.Reader, operatorNamespace string, mail suppression.Mail) (*Suppressions, error) {
	return suppressionsOf(operatorNamespace, mail, reader, func(namespace string) (all []*crier.Suppression, err error) {
		var list crier.SuppressionList
		if err := reader.List(ctx, &list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for i := range list.Items {
			list.Items[i].Spec.Entries = nil // they are stored; here they only take room
			all = append(all, &list.Items[i])
		}
		return all, nil
	})
}

func suppressionsOf(operatorNamespace string, mail suppression.Mail, reader client.Reader, of func(namespace string) ([]*crier.Suppression, error)) (*Suppressions, error) {
	g := &Suppressions{mail: mail, reader: reader, namespace: operatorNamespace}
	namespaces := []string{mail.Namespace, mail.Relay.Namespace, operatorNamespace}
	slices.Sort(namespaces)
	for _, namespace := range slices.Compact(namespaces) {
		if namespace == "" {
			continue // would be all of them
		}
		all, err := of(namespace)
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			g.add(s)
		}
	}
	slices.SortFunc(g.found, func(a, b crier.Suppression) int { return strings.Compare(nameOf(&a), nameOf(&b)) })
	return g, nil
}

func (g *Suppressions) add(s *crier.Suppression) {
	if !suppression.Applies(s.Spec.Scope, s.Namespace, g.namespace, g.mail) && !unknownScope(s) {
		return
	}
	g.found = append(g.found, *s)
	if !SuppressionReady(s) {
		g.waits = append(g.waits, g.nameFor(s))
	}
}

// nameFor is what the people of the message are told.
func (g *Suppressions) nameFor(s *crier.Suppression) string {
	if s.Namespace != g.mail.Namespace {
		return "of " + s.Namespace // what is there isn't a tenant's business
	}
	return nameOf(s)
}

// unknownScope holds for a Suppression of which it can't be read what it is
// about: it could be about any mail that its namespace has a say in. Where that
// is known, one that can't be read holds exactly that mail, since it is never
// Ready: whom its unreadable part names isn't known either.
func unknownScope(s *crier.Suppression) bool {
	scope := s.Spec.Scope
	named := scope.Kind == crier.ScopeList || scope.Kind == crier.ScopeRelay
	return readable.Check(s) != nil && (scope.Kind == "" || named && scope.Name == "")
}

func nameOf(s *crier.Suppression) string { return s.Namespace + "/" + s.Name }

// maxNamed is how many suppressions a message for people names.
const maxNamed = 3

// Waits names the suppressions that have not been read as they are now, for a
// sentence; empty if there are none. Nothing may be planned or sent before: it
// isn't known whom they keep mail from.
func (g *Suppressions) Waits() string {
	names := slices.Clone(g.waits)
	slices.Sort(names)
	names = slices.Compact(names)
	return words.ListUpTo(maxNamed, names)
}

// Late is a suppression whose files have changed since they were read.
type Late struct {
	Name   string // for a sentence
	ReadAt time.Time
}

// Behind finds the suppressions whose files have changed since they were read.
// A plan waits for them: what is applied at once with a Broadcast could
// suppress somebody. Those who are suppressed once recipients are written down
// are marked as soon as it was read.
func (g *Suppressions) Behind(ctx context.Context) (late []Late, err error) {
	for i := range g.found {
		s := &g.found[i]
		if s.Status.Read == nil {
			continue // no files, or of an older release
		}
		now, err := userfiles.Versions(ctx, g.reader, s.Namespace, s.Spec.CSV)
		if err != nil {
			return nil, err
		}
		if s.Status.Read.Inputs != now {
			late = append(late, Late{g.nameFor(s), s.Status.Read.At.Time})
		}
	}
	return late, nil
}

// Digest is "sha256:" and the hash of all that applies. It is another one as
// soon as anybody is suppressed, or isn't any longer.
func (g *Suppressions) Digest() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "suppressions 1\n%s\n", g.mail.Purpose)
	for i := range g.found {
		s := &g.found[i]
		digest := ""
		if s.Status.Roster != nil {
			digest = s.Status.Roster.Digest
		}
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00%s\n", nameOf(s), s.Spec.Scope.Kind, s.Spec.Scope.Name, digest)
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// OfList says who doesn't get the message as a member of one of its lists:
// what applies to the list, and what applies to all of the message.
func (g *Suppressions) OfList(ctx context.Context, list string, now time.Time) *suppression.Matcher {
	var sources []roster.Rows
	for i := range g.found {
		s := &g.found[i]
		if s.Spec.Scope.Kind == crier.ScopeList && s.Spec.Scope.Name != list {
			continue
		}
		sources = append(sources, rosterstore.Open(ctx, g.reader, g.namespace, rosterstore.Suppressions,
			client.ObjectKeyFromObject(s), s.Status.Roster))
	}
	return suppression.NewMatcher(g.mail.Purpose, now, sources...)
}
