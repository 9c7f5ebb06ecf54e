// Package tenants measures what many tenants cost one manager, and how long one
// of them can make another wait.
package tenants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/lifecycle"
	"crier.dev/crier/internal/names"
)

// Sizes say how much there is before anything is measured.
type Sizes struct {
	Namespaces, Lists, Finished, Waiting int
}

const (
	platform = "mail-platform" // where the Relay of all is
	relay    = "main"
	domain   = "agency.example"
	people   = 100 // of each set
	writers  = 16  // requests at a time while objects are made
	text     = 10_000
)

func namespace(i int) string { return fmt.Sprintf("tenant-%04d", i) }

// parallel calls do for 0 to n-1, several at a time.
func parallel(ctx context.Context, n int, do func(context.Context, int) error) error {
	var group sync.WaitGroup
	work, errs := make(chan int), make(chan error, writers)
	for range writers {
		group.Go(func() {
			for i := range work {
				if err := do(ctx, i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	var failed error
	for i := 0; i < n && failed == nil; i++ {
		select {
		case work <- i:
		case failed = <-errs:
		case <-ctx.Done():
			failed = ctx.Err()
		}
	}
	close(work)
	group.Wait()
	select {
	case err := <-errs:
		failed = errors.Join(failed, err)
	default:
	}
	return failed
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// seed makes everything that there is.
func (l *lab) seed(ctx context.Context) error {
	if err := l.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: platform}}); err != nil {
		return err
	}
	if err := l.client.Create(ctx, l.relay()); err != nil {
		return err
	}
	s := l.Sizes
	return errors.Join(
		parallel(ctx, s.Namespaces, l.tenant),
		parallel(ctx, s.Lists, func(ctx context.Context, i int) error {
			return l.client.Create(ctx, list(namespace(i%s.Namespaces), fmt.Sprint("list-", i)))
		}),
		parallel(ctx, s.Finished, func(ctx context.Context, i int) error { return l.finished(ctx, namespace(i%s.Namespaces), i) }),
		parallel(ctx, s.Waiting, func(ctx context.Context, i int) error {
			b := broadcast(namespace(i%s.Namespaces), fmt.Sprint("waiting-", i), "list-0")
			b.Spec.ListRef.Name = "not-yet"
			return l.client.Create(ctx, b)
		}))
}

func (l *lab) relay() *crier.Relay {
	return &crier.Relay{ObjectMeta: named(platform, relay), Spec: crier.RelaySpec{
		Host: "127.0.0.1", Port: int32(l.sink.Port()), TLS: crier.RelayTLS{Mode: crier.TLSNone}, BounceDomain: "bounces." + domain,
		Grants: []crier.RelayGrant{{NamespaceSelector: &metav1.LabelSelector{}, Domains: []string{domain}, Urgent: true}},
		Limits: crier.RelayLimits{MaxConnections: 1000},
	}}
}

// tenant makes a namespace with a set, a list, a Suppression, and a Secret as
// kubectl apply leaves it, with its content in an annotation.
func (l *lab) tenant(ctx context.Context, i int) error {
	ns := namespace(i)
	set := &crier.SubscriberSet{ObjectMeta: named(ns, "staff")}
	suppression := suppression(ns, "left")
	for p := range people {
		email := fmt.Sprintf("person%03d@%s", p, domain)
		set.Spec.Source.Inline = append(set.Spec.Source.Inline, crier.Subscriber{Email: email, Name: fmt.Sprint("Person ", p)})
		suppression.Spec.Entries = append(suppression.Spec.Entries, crier.SuppressionEntry{Address: crier.MailAddress("left." + email)})
	}
	secret := &corev1.Secret{ObjectMeta: named(ns, "other"), StringData: map[string]string{"data": strings.Repeat("x", text)}}
	secret.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: strings.Repeat("x", text)}
	for _, obj := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, set, list(ns, "staff"), suppression, secret,
	} {
		if err := l.client.Create(ctx, obj); err != nil {
			return err
		}
	}
	return nil
}

func list(ns, name string) *crier.MailingList {
	return &crier.MailingList{ObjectMeta: named(ns, name), Spec: crier.MailingListSpec{
		Address: crier.MailAddress(name + "@" + ns + "." + domain), Owners: []crier.MailAddress{"owner@" + domain},
		From: crier.Mailbox{Address: "news@" + domain}, Purpose: crier.PurposeMandatory,
		RelayRef: crier.NamespacedReference{Namespace: platform, Name: relay},
		Audience: crier.Audience{SubscriberSets: []crier.LocalReference{{Name: "staff"}}},
	}}
}

func suppression(ns, name string) *crier.Suppression {
	return &crier.Suppression{ObjectMeta: named(ns, name), Spec: crier.SuppressionSpec{
		Scope: crier.SuppressionScope{Kind: crier.ScopeNamespace}, Reason: crier.SuppressedManual,
	}}
}

func broadcast(ns, name, list string) *crier.Broadcast {
	notAfter := metav1.NewTime(time.Now().Add(24 * time.Hour).Truncate(time.Second))
	return &crier.Broadcast{ObjectMeta: named(ns, name), Spec: crier.BroadcastSpec{
		ListRef: &crier.LocalReference{Name: list}, Subject: "News for {{ .Name }}", NotAfter: &notAfter,
		Content: crier.BroadcastContent{Text: "Dear {{ .Name }}\n" + strings.Repeat("words and words ", text/16)},
	}}
}

// finished makes a Broadcast that was sent long ago, with its records.
func (l *lab) finished(ctx context.Context, ns string, i int) error {
	b := broadcast(ns, fmt.Sprint("sent-", i), "staff")
	if err := l.client.Create(ctx, b); err != nil {
		return err
	}
	space := &corev1.Namespace{}
	if err := l.client.Get(ctx, client.ObjectKey{Name: ns}, space); err != nil {
		return err
	}
	at := metav1.NewTime(time.Now().Add(-10 * 24 * time.Hour).Truncate(time.Second))
	state := crier.DeliveryRecordState{
		FirstSeen: at, NamespaceUID: string(space.UID), BroadcastUID: string(b.UID), Run: 1, Stage: crier.RecordFinished,
		ContentHash: lifecycle.ContentHash(b.Spec), StartedAt: &at, FinishedAt: &at, CompactedAt: &at, Deadline: b.Spec.NotAfter,
		Result: crier.ReasonSent, Totals: crier.DeliveryTotals{Intended: people, Accepted: people}, Reports: []crier.ReportKind{crier.ReportFinal},
		Route: &crier.RecordRoute{Relay: crier.NamespacedReference{Namespace: platform, Name: relay}, From: "news@" + domain},
	}
	record := &crier.DeliveryRecord{
		ObjectMeta: metav1.ObjectMeta{Name: names.RecordName(ns, b.Name), Labels: map[string]string{crier.LabelIdentity: names.Identity(ns, b.Name)}},
		Spec:       crier.DeliveryRecordSpec{Purpose: crier.RecordBroadcast, Namespace: ns, Broadcast: b.Name}, State: state,
	}
	report := record.DeepCopy()
	report.Name = names.ReportRecordName(ns, b.Name, 1, crier.ReportFinal)
	report.Spec.Purpose, report.Spec.Run = crier.RecordReport, 1
	report.State.Reports = nil
	b.Status = crier.BroadcastStatus{
		ObservedGeneration: b.Generation, StartedAt: &at, FinishedAt: &at, Record: record.Name, ReportConfigMaps: []string{b.Name + "-report"},
		Conditions: []metav1.Condition{{Type: crier.ConditionFinished, Status: metav1.ConditionTrue, Reason: crier.ReasonSent, LastTransitionTime: at}},
	}
	return errors.Join(l.client.Create(ctx, record), l.client.Create(ctx, report), l.client.Status().Update(ctx, b))
}
