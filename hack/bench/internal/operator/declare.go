package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/hack/bench/internal/work"
)

// Namespace of all that users declare in measurements.
const Namespace = "bench"

// Send is one Broadcast with a list and a Relay of its own, so that nothing
// of an earlier one takes any of the Relay's connections.
type Send struct {
	// Name of the three, not used before.
	Name string
	// People is the SubscriberSet; Recipients how many it has.
	People     string
	Recipients int64
	// Host and Port of the relay.
	Host string
	Port int
	// Connections that the Relay allows.
	Connections int32
	// Keys sign, if there are any.
	Keys []Key
	// Message of the Broadcast; work.ByHand unless given.
	Message *work.Message
	// Filter of the Broadcast, and the SubscriberSet that it excludes.
	Filter, Excluded string
	// Suppressed are files of addresses that the list must not write to.
	Suppressed Files
}

// Prepare makes the namespace.
func Prepare(ctx context.Context, c client.Client) error {
	err := c.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// Declare makes Relay, MailingList, Suppression if there is one, and
// Broadcast, and returns when the Broadcast was created. The others are ready
// by then.
func (s Send) Declare(ctx context.Context, c client.Client) (time.Time, error) {
	relay, err := s.relay(ctx, c)
	if err != nil {
		return time.Time{}, err
	}
	if err := c.Create(ctx, relay); err != nil {
		return time.Time{}, err
	}
	list := s.list()
	if err := c.Create(ctx, list); err != nil {
		return time.Time{}, err
	}
	if err := s.suppress(ctx, c); err != nil {
		return time.Time{}, err
	}
	err = Wait(ctx, "Relay and MailingList", 2*time.Minute, func() (bool, error) {
		err := errors.Join(c.Get(ctx, client.ObjectKeyFromObject(relay), relay), c.Get(ctx, client.ObjectKeyFromObject(list), list))
		return meta.IsStatusConditionTrue(relay.Status.Conditions, crier.ConditionReady) &&
			meta.IsStatusConditionTrue(list.Status.Conditions, crier.ConditionReady), err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %s %s", err, conditions(relay.Status.Conditions), conditions(list.Status.Conditions))
	}
	at := time.Now()
	return at, c.Create(ctx, s.broadcast())
}

func (s Send) meta() metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: Namespace, Name: s.Name} }

func (s Send) relay(ctx context.Context, c client.Client) (*crier.Relay, error) {
	relay := &crier.Relay{
		ObjectMeta: s.meta(),
		Spec: crier.RelaySpec{
			Host: s.Host, Port: int32(s.Port), TLS: crier.RelayTLS{Mode: crier.TLSNone},
			BounceDomain: work.BounceDomain,
			Grants:       []crier.RelayGrant{{Namespaces: []string{Namespace}, Addresses: []crier.MailAddress{work.FromAddress}}},
			Limits:       crier.RelayLimits{MaxConnections: s.Connections},
		},
	}
	return relay, sign(ctx, c, relay, s.Keys)
}

func (s Send) list() *crier.MailingList {
	return &crier.MailingList{
		ObjectMeta: s.meta(),
		Spec: crier.MailingListSpec{
			Address: crier.MailAddress(s.Name + "@" + work.ListDomain), DisplayName: work.ListName,
			Owners:  []crier.MailAddress{work.FromAddress},
			From:    crier.Mailbox{Address: work.FromAddress, Name: work.FromName},
			Purpose: crier.PurposeMandatory,
			RelayRef: crier.NamespacedReference{
				Namespace: Namespace, Name: s.Name,
			},
			Audience: crier.Audience{SubscriberSets: []crier.LocalReference{{Name: s.People}}},
		},
	}
}

func (s Send) broadcast() *crier.Broadcast {
	notAfter := metav1.NewTime(time.Now().Add(12 * time.Hour))
	said := work.ByHand()
	if s.Message != nil {
		said = *s.Message
	}
	audience := &crier.BroadcastAudience{
		AudienceBounds: crier.AudienceBounds{MinRecipients: &s.Recipients, MaxRecipients: &s.Recipients},
	}
	if s.Excluded != "" {
		audience.Exclude = &crier.AudienceExclusion{SubscriberSets: []crier.LocalReference{{Name: s.Excluded}}}
	}
	return &crier.Broadcast{
		ObjectMeta: s.meta(),
		Spec: crier.BroadcastSpec{
			ListRef: &crier.LocalReference{Name: s.Name}, Subject: said.Subject, NotAfter: &notAfter,
			Content: said.Content, Audience: audience, Filter: crier.SubscriberFilter(s.Filter),
		},
	}
}

func conditions(all []metav1.Condition) string {
	text := ""
	for _, c := range all {
		text += fmt.Sprintf("[%s=%s %s: %s]", c.Type, c.Status, c.Reason, c.Message)
	}
	return text
}

// Wait looks every 50 ms until it is done.
func Wait(ctx context.Context, what string, limit time.Duration, look func() (bool, error)) error {
	ctx, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%s: not within %v", what, limit))
	defer stop()
	for {
		done, err := look()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
