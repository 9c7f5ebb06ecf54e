package tenants

import (
	"context"
	"fmt"
	"net"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
)

// attack is what one tenant does all the time, n being how often it did so.
type attack struct {
	name string
	do   func(ctx context.Context, n int) error
}

// attacks are what a tenant may do to others. All are in its own namespace.
func (l *lab) attacks() []attack {
	ns := namespace(0)
	return []attack{
		{"edits", func(ctx context.Context, n int) error { return l.edit(ctx, ns, n) }},
		{"floods", func(ctx context.Context, n int) error { return l.flood(ctx, ns, n) }},
		{"silent servers", func(ctx context.Context, n int) error { return l.point(ctx, ns, n) }},
	}
}

// edit changes one object after another, over and over.
func (l *lab) edit(ctx context.Context, ns string, n int) error {
	patch := func(obj client.Object, change string) error {
		return l.client.Patch(ctx, obj, client.RawPatch("application/merge-patch+json", []byte(change)))
	}
	switch n % 5 {
	case 0:
		return patch(&crier.Suppression{ObjectMeta: named(ns, "left")}, fmt.Sprintf(`{"metadata":{"labels":{"n":"%d"}}}`, n))
	case 1:
		return patch(&crier.Suppression{ObjectMeta: named(ns, "left")},
			fmt.Sprintf(`{"spec":{"entries":[{"address":"n%d@%s"}]}}`, n, domain))
	case 2:
		return patch(&crier.SubscriberSet{ObjectMeta: named(ns, "staff")},
			fmt.Sprintf(`{"spec":{"source":{"inline":[{"email":"n%d@%s"}]}}}`, n, domain))
	case 3:
		return patch(&crier.MailingList{ObjectMeta: named(ns, "staff")}, fmt.Sprintf(`{"spec":{"displayName":"List %d"}}`, n))
	}
	b := broadcast(ns, "edited", "not-yet")
	if err := client.IgnoreAlreadyExists(l.client.Create(ctx, b)); err != nil {
		return err
	}
	return patch(b, fmt.Sprintf(`{"spec":{"subject":"News %d"}}`, n))
}

// flood makes Broadcasts that wait and that can be sent, and Suppressions.
func (l *lab) flood(ctx context.Context, ns string, n int) error {
	name := fmt.Sprint("flood-", n)
	switch n % 3 {
	case 0:
		s := suppression(ns, name)
		s.Spec.Entries = []crier.SuppressionEntry{{Address: crier.MailAddress(name + "@" + domain)}}
		return l.client.Create(ctx, passing(s))
	case 1:
		return l.client.Create(ctx, passing(broadcast(ns, name, "not-yet")))
	}
	return l.client.Create(ctx, passing(broadcast(ns, name, "staff")))
}

// attacked is the label of what goes when an attack is over.
const attacked = "bench.crier.dev/attack"

func passing[T client.Object](obj T) T {
	obj.SetLabels(map[string]string{attacked: "yes"})
	return obj
}

// clean takes away what an attack left, so that the next one begins in peace.
func (l *lab) clean(ctx context.Context) error {
	for _, obj := range []client.Object{&crier.Broadcast{}, &crier.Suppression{}, &crier.Relay{}, &crier.SubscriberSet{}} {
		if err := l.client.DeleteAllOf(ctx, obj, client.InNamespace(namespace(0)), client.HasLabels{attacked}); err != nil {
			return err
		}
	}
	return l.calm(ctx)
}

// mostSilent is how many Relays and sets point at servers that never answer.
const mostSilent = 100

// point makes Relays and sets whose server takes connections and says nothing,
// then changes them, so that they are tried again.
func (l *lab) point(ctx context.Context, ns string, n int) error {
	name := fmt.Sprint("silent-", n%mostSilent)
	port := l.silent.Addr().(*net.TCPAddr).Port
	r := l.relay()
	r.ObjectMeta, r.Spec.Port = named(ns, name), int32(port)
	set := &crier.SubscriberSet{ObjectMeta: named(ns, name)}
	set.Spec.Source.HTTPS = &crier.HTTPSSource{URL: fmt.Sprintf("https://127.0.0.1:%d/people.csv?%d", port, n)}
	for _, obj := range []client.Object{passing(r), passing(set)} {
		if err := client.IgnoreAlreadyExists(l.client.Create(ctx, obj)); err != nil {
			return err
		}
	}
	return l.client.Patch(ctx, r, client.RawPatch("application/merge-patch+json",
		[]byte(fmt.Sprintf(`{"spec":{"limits":{"messagesPerConnection":%d}}}`, n%1000+1))))
}

// silence takes connections and says nothing on them.
func silence(ctx context.Context) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { conn.Close() })
		}
	}()
	return listener, nil
}

// every calls do rate times a second until ctx ends, and says how often it did,
// and how often that failed.
func every(ctx context.Context, rate int, do func(context.Context, int) error) (done, failed int) {
	ticker := time.NewTicker(time.Second / time.Duration(rate))
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := do(ctx, done); err != nil && ctx.Err() == nil {
			failed++
		}
		done++
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return done, failed
}
