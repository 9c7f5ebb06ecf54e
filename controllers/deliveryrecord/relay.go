package deliveryrecord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/ledgerstore"
	"crier.dev/crier/internal/delivery/grant"
	"crier.dev/crier/internal/delivery/handout"
	"crier.dev/crier/internal/names"
	"crier.dev/crier/internal/readable"
	"crier.dev/crier/internal/recipients/address"
)

// lookForRelay reads the Relay and whether it still lets the record's
// namespace send as its author.
func (s *scope) lookForRelay(ctx context.Context) error {
	route := s.state.Route
	found := &crier.Relay{}
	err := s.Reader.Get(ctx, client.ObjectKey{Namespace: route.Relay.Namespace, Name: route.Relay.Name}, found)
	if readable.Is(err) {
		s.notReady = fmt.Sprintf("Relay %s/%s is not ready (%s)", route.Relay.Namespace, route.Relay.Name, crier.ReasonFieldUnreadable)
		return nil
	}
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	refusal := fmt.Sprintf("no Relay %s/%s lets namespace %s send as %s",
		route.Relay.Namespace, route.Relay.Name, s.record.Spec.Namespace, route.From)
	if apierrors.IsNotFound(err) {
		s.refusal = refusal
		return nil
	}
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err = s.Reader.Get(ctx, client.ObjectKey{Name: s.record.Spec.Namespace}, namespace)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if _, ok := grant.Allowed(found, s.record.Spec.Namespace, namespace.Labels, string(route.From)); !ok {
		s.refusal = refusal
		return nil
	}
	s.relay = found
	s.state.Priority = s.priority(namespace.Labels)
	if s.sheet, err = s.book().Read(ctx, route.Relay); err != nil {
		return err
	}
	return s.readSettings(ctx)
}

// readSettings reads how to reach the relay, or finds what a person must
// mend before anybody can.
func (s *scope) readSettings(ctx context.Context) error {
	settings, problem, err := gather.RelaySettings(ctx, s.Reader, s.relay)
	if err != nil {
		return err
	}
	stalled := meta.FindStatusCondition(s.relay.Status.Conditions, crier.ConditionStalled)
	name := s.relay.Namespace + "/" + s.relay.Name
	switch {
	case problem != nil:
		s.notReady = fmt.Sprintf("Relay %s is not ready (%s)", name, problem.Reason)
	case stalled != nil && stalled.ObservedGeneration == s.relay.Generation:
		s.notReady = fmt.Sprintf("Relay %s is not ready (%s)", name, stalled.Reason)
	}
	s.settings = settings
	return nil
}

// readBoard reads the connection Secret, which is nil if there is none.
func (s *scope) readBoard(ctx context.Context) error {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.Namespace, Name: names.HandoutSecretName(s.record.Name, s.state.Frozen.Attempt)}
	err := s.Reader.Get(ctx, key, secret)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if s.board = secret; err != nil {
		s.board = nil
	}
	s.boardRead = true
	return nil
}

// writeConnection tells the senders how to reach the relay, or to stop. If the
// board was read in this look already, it is written under that version.
func (s *scope) writeConnection(ctx context.Context, allowed bool) error {
	if !s.boardRead {
		if err := s.readBoard(ctx); err != nil {
			return err
		}
	}
	s.boardRead = false
	secret, missing := s.board, s.board == nil
	if missing {
		if !allowed {
			return nil
		}
		secret = &corev1.Secret{}
	}
	settings, err := s.connection(secret, allowed)
	if err != nil {
		return err
	}
	data, err := settings.Encode()
	if err != nil {
		return err
	}
	if missing {
		attempt := s.state.Frozen.Attempt
		secret.ObjectMeta = ledgerstore.Meta(s.record, s.Namespace, attempt, crier.ComponentConnection, names.HandoutSecretName(s.record.Name, attempt))
		secret.Data = map[string][]byte{names.HandoutKey: data}
		return s.Client.Create(ctx, secret)
	}
	if bytes.Equal(secret.Data[names.HandoutKey], data) {
		return nil
	}
	secret.Data[names.HandoutKey] = data // beside it are the rations
	return s.Client.Update(ctx, secret)
}

// connection is what senders are told. While nothing may be sent they keep
// what they have, and stop. While credentials have not been tried yet they
// keep what they have, too: else all of them tried at once, and a few refused
// logins lock an account.
func (s *scope) connection(secret *corev1.Secret, allowed bool) (handout.Relay, error) {
	settings := s.settings
	if last := secret.Data[names.HandoutKey]; last != nil && (!allowed || !s.tried()) {
		var err error
		settings, err = handout.Decode(last)
		if errors.Is(err, handout.ErrNewer) { // it is written anew
			settings, err, allowed = s.settings, nil, false
		}
		if err != nil {
			return settings, err
		}
	}
	if !allowed {
		settings.Allowed = false
		return settings, nil
	}
	settings.Suppressions = s.marks
	settings.LoginRefused = s.sheet.LoginRefused
	settings.Allowed = true
	settings.DKIM = settings.KeysFor(string(s.state.Route.From))
	settings.PrivateAddresses = s.AllowPrivateRelays
	settings.Destinations = destinations(s.relay.Spec.Limits.Destinations)
	return settings, nil
}

// tried says whether the manager has logged in with the present credentials
// and was not refused.
func (s *scope) tried() bool {
	probe := s.relay.Status.Probe
	return s.settings.Auth == "" || probe != nil && probe.Settings == s.settings.Version &&
		probe.Reason != crier.ReasonAuthenticationFailed
}

// destinations are the domains that have limits of their own.
func destinations(limits []crier.DestinationLimits) []handout.Destination {
	var out []handout.Destination
	for _, d := range limits {
		entry := handout.Destination{Name: d.Name}
		for _, domain := range d.Domains {
			if parsed, err := address.Parse("x@" + strings.TrimSpace(domain)); err == nil {
				_, key := address.Split(parsed.Key)
				entry.Domains = append(entry.Domains, key)
			}
		}
		out = append(out, entry)
	}
	return out
}
