package rosterstore

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/recipients/roster"
)

var staff = client.ObjectKey{Namespace: "hr", Name: "staff"}

// counted is a store in memory that counts what is created and deleted.
type counted struct {
	*Store
	created, deleted int
}

func newStore() *counted {
	c := &counted{}
	memory := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, w client.WithWatch, o client.Object, options ...client.CreateOption) error {
			c.created++
			return w.Create(ctx, o, options...)
		},
		Delete: func(ctx context.Context, w client.WithWatch, o client.Object, options ...client.DeleteOption) error {
			c.deleted++
			return w.Delete(ctx, o, options...)
		},
	}).Build()
	c.Store = &Store{Kind: Rosters, Client: memory, Reader: memory, Namespace: "crier-system"}
	return c
}

// people are rows that no compression makes small, and their digest.
func people(t *testing.T, n int) (rows func() roster.Rows, digest string) {
	t.Helper()
	subs := make([]roster.Subscriber, n)
	for i := range subs {
		email := fmt.Sprintf("p%05d@example.gov", i)
		subs[i] = roster.Subscriber{Email: email, Name: fmt.Sprintf("%x", sha256.Sum256([]byte(email)))}
	}
	rows = func() roster.Rows {
		r, err := roster.Of(subs)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	digest, _, err := roster.Digest(rows())
	if err != nil {
		t.Fatal(err)
	}
	return rows, digest
}

// What is written again costs nothing, unless what has to agree doesn't.
func TestPartsAreWrittenOnce(t *testing.T) {
	rows, digest := people(t, 3)
	note := func(set, held string) About {
		return About{Annotations: map[string]string{"set": set, "held": held, "at": set + held}, Same: []string{"set", "held"}}
	}
	for name, tc := range map[string]struct {
		second           About
		created, deleted int
	}{
		"the same":                      {note("1", ""), 1, 0},
		"only the time differs":         {About{Annotations: map[string]string{"set": "1", "at": "later"}, Same: []string{"set", "held"}}, 1, 0},
		"of another set":                {note("2", ""), 2, 1},
		"held":                          {note("1", "true"), 2, 1},
		"anew":                          {About{Annotations: note("1", "").Annotations, Anew: true}, 2, 1},
		"nothing is noted, or compared": {About{}, 1, 0},
	} {
		s := newStore()
		for _, about := range []About{note("1", ""), tc.second} {
			stored, err := s.Parts(t.Context(), staff)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := stored.Write(t.Context(), digest, rows(), about); n != 1 || err != nil {
				t.Errorf("%s: %d parts, %v", name, n, err)
			}
		}
		if s.created != tc.created || s.deleted != tc.deleted {
			t.Errorf("%s: %d created, %d deleted; want %d, %d", name, s.created, s.deleted, tc.created, tc.deleted)
		}
	}
}

// A part that another release cut differently is replaced.
func TestPartOfAnotherReleaseIsReplaced(t *testing.T) {
	rows, digest := people(t, 3)
	s := newStore()
	stored, _ := s.Parts(t.Context(), staff)
	old := stored.secret(digest, 0, []byte("packed otherwise"), About{})
	old.Immutable = nil
	if err := s.Client.Create(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), staff, digest, rows()); err != nil || s.deleted != 1 {
		t.Errorf("%d deleted, %v", s.deleted, err)
	}
	if got := read(t, s, digest, 1); got != 3 {
		t.Errorf("%d rows", got)
	}
}

// read counts the rows of a roster.
func read(t *testing.T, s *counted, digest string, parts int32) (n int) {
	t.Helper()
	rows := Open(t.Context(), s.Reader, s.Namespace, s.Kind, staff, &crier.RosterStatus{Digest: digest, Parts: parts})
	for {
		switch _, err := rows.Next(); {
		case errors.Is(err, io.EOF):
			return n
		case err != nil:
			t.Error(err)
			return -1
		}
		n++
	}
}

func TestRosterOfSeveralParts(t *testing.T) {
	rows, digest := people(t, 15_000)
	s := newStore()
	n, err := s.Write(t.Context(), staff, digest, rows())
	if n < 2 || err != nil {
		t.Fatalf("%d parts, %v", n, err)
	}
	if got := read(t, s, digest, n); got != 15_000 {
		t.Errorf("%d rows", got)
	}
	whole, _ := s.Parts(t.Context(), staff)
	if !whole.Complete(digest, n) || whole.Complete(digest, n+1) || whole.Count(digest) != n || whole.Count("sha256:another") != 0 {
		t.Errorf("of %d parts %d are counted", n, whole.Count(digest))
	}
	// Parts after a gap don't count, and what is read is not taken for the whole.
	gone := &corev1.Secret{}
	gone.Namespace, gone.Name = s.Namespace, names.RosterSecretName(staff.Namespace, staff.Name, digest, 0)
	if err := s.Client.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	left, _ := s.Parts(t.Context(), staff)
	if left.Complete(digest, n) || left.Count(digest) != 0 {
		t.Errorf("without the first part %d are counted", left.Count(digest))
	}
	_, err = Open(t.Context(), s.Reader, s.Namespace, s.Kind, staff, &crier.RosterStatus{Digest: digest, Parts: n}).Next()
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("without the first part: %v", err)
	}
	if _, err := Open(t.Context(), s.Reader, s.Namespace, s.Kind, staff, nil).Next(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a status: %v", err)
	}
}

// The first write that fails is what Write ends with, and an end of the context
// is not taken for a whole roster.
func TestWriteThatFails(t *testing.T) {
	rows, digest := people(t, 15_000)
	broken := errors.New("broken")
	s := newStore()
	s.Client = interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
		Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return broken },
	})
	if n, err := s.Write(t.Context(), staff, digest, rows()); n != 0 || !errors.Is(err, broken) {
		t.Errorf("%d parts, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newStore().Write(ctx, staff, digest, rows()); !errors.Is(err, context.Canceled) {
		t.Errorf("without time: %v", err)
	}
}

func TestRowsOfAnotherDigest(t *testing.T) {
	rows, _ := people(t, 3)
	if _, err := newStore().Write(t.Context(), staff, "sha256:another", rows()); !errors.Is(err, ErrChanged) {
		t.Errorf("%v", err)
	}
}

// Tidying keeps what it is told, and never touches another object or kind.
func TestTidyAndSweep(t *testing.T) {
	write := func(s *Store, of client.ObjectKey, n int) string {
		rows, digest := people(t, n)
		if _, err := s.Write(t.Context(), of, digest, rows()); err != nil {
			t.Fatal(err)
		}
		return digest
	}
	left := func(s *counted) (n int) {
		var list corev1.SecretList
		if err := s.Reader.List(t.Context(), &list); err != nil {
			t.Fatal(err)
		}
		return len(list.Items)
	}
	now := time.Now()
	for name, tc := range map[string]struct {
		do   func(s *Store, digests []string) error
		want int // of five: three of staff, one of another set, one of a Suppression
	}{
		"keeps two":    {func(s *Store, d []string) error { return s.Tidy(t.Context(), staff, d[0], d[2]) }, 4},
		"keeps none":   {func(s *Store, _ []string) error { return s.Tidy(t.Context(), staff) }, 2},
		"no digest":    {func(s *Store, _ []string) error { return s.Tidy(t.Context(), staff, "") }, 2},
		"sweeps young": {func(s *Store, _ []string) error { return s.Sweep(t.Context(), nil, now) }, 5},
		"sweeps one": {func(s *Store, _ []string) error {
			return s.Sweep(t.Context(), map[string]bool{names.Identity("hr", "staff"): true}, now.Add(time.Hour))
		}, 4},
		"sweeps all": {func(s *Store, _ []string) error { return s.Sweep(t.Context(), nil, now.Add(time.Hour)) }, 1},
	} {
		s := newStore()
		digests := []string{write(s.Store, staff, 1), write(s.Store, staff, 2), write(s.Store, staff, 3)}
		write(s.Store, client.ObjectKey{Namespace: "hr", Name: "staff2"}, 1)
		other := *s.Store
		other.Kind = Suppressions
		write(&other, staff, 1)
		if err := age(t, s, now); err != nil {
			t.Fatal(err)
		}
		if err := tc.do(s.Store, digests); err != nil || left(s) != tc.want {
			t.Errorf("%s: %d are left, want %d, %v", name, left(s), tc.want, err)
		}
	}
}

// age gives every Secret the time at which it was created, which no API server
// is there to give.
func age(t *testing.T, s *counted, now time.Time) error {
	t.Helper()
	var list corev1.SecretList
	if err := s.Reader.List(t.Context(), &list); err != nil {
		return err
	}
	for _, secret := range list.Items {
		secret.CreationTimestamp.Time = now
		if err := s.Client.Update(t.Context(), &secret); err != nil {
			return err
		}
	}
	return nil
}
