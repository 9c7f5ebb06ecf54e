package relay

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/gather"
	"crier.dev/crier/internal/cluster/reconcile"
)

// connect gathers settings and credentials.
func (s *scope) connect(ctx context.Context) (*reconcile.Verdict, error) {
	settings, verdict, err := gather.RelaySettings(ctx, s.Reader, s.relay)
	s.settings = settings
	return verdict, err
}

// recall decides by the last probe if that was of the same settings and not
// long ago. Refused credentials are not tried again: a server locks the
// account after a few.
func (s *scope) recall(context.Context) (*reconcile.Verdict, error) {
	if known := s.recent.get(s.relay); known != nil {
		// The cache may not have what was written last.
		s.relay.Status.Probe = known.Probe
		s.relay.Status.Capabilities = known.Capabilities
		s.relay.Status.MaxMessageBytes = known.MaxMessageBytes
	}
	last := s.relay.Status.Probe
	if last == nil || last.Settings != s.settings.Version {
		return nil, nil
	}
	if last.Reason == crier.ReasonAuthenticationFailed {
		v := reconcile.IsStalled(last.Reason, "%s", last.Message)
		return &v, nil
	}
	left := last.Time.Add(s.interval()).Sub(s.Clock.Now())
	if left <= 0 {
		return nil, nil
	}
	v := verdict(last.Reason, last.Message).After(left)
	return &v, nil
}

// announce says that settings are being tried of which nothing is known yet:
// a server that doesn't answer takes up to a minute and a half to tell from one that does.
func (s *scope) announce(ctx context.Context) (*reconcile.Verdict, error) {
	last := s.relay.Status.Probe
	if last != nil && last.Settings == s.settings.Version && s.previous.ObservedGeneration == s.relay.Generation {
		return nil, nil
	}
	s.applyVerdict(reconcile.IsReconciling(crier.ReasonProbePending,
		"Connecting to %s, port %d, for the first time with these settings.", s.relay.Spec.Host, s.relay.Spec.Port))
	return nil, reconcile.Apply(ctx, s.Client, s.relay)
}

// probe tries it out.
func (s *scope) probe(ctx context.Context) (*reconcile.Verdict, error) {
	found := s.Prober.Probe(ctx, s.settings)
	if err := ctx.Err(); err != nil {
		return nil, err // we are told to stop: the finding means nothing
	}
	reason, message := judge(found, s.relay.Spec)
	status := &s.relay.Status
	status.Probe = &crier.RelayProbe{
		Time: metav1.NewTime(s.Clock.Now()), Settings: s.settings.Version, Reason: reason, Message: message,
	}
	if found.Failure == nil {
		status.Capabilities, status.MaxMessageBytes = capabilities(found.Capabilities), found.Size
	}
	s.recent.put(s.relay)
	v := verdict(reason, message)
	if reason != crier.ReasonAuthenticationFailed {
		v = v.After(s.interval())
	}
	return &v, nil
}

func (s *scope) interval() time.Duration {
	if s.ProbeInterval > 0 {
		return s.ProbeInterval
	}
	return DefaultProbeInterval
}
