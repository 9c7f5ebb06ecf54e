package sender

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// A pod without rights tries for as long as a lease, since new rights take a
// moment to arrive, and no longer: with its record its account is gone for good.
func TestWithoutRightsOneLeaseIsTried(t *testing.T) {
	for name, answer := range map[string]error{
		"forbidden": apierrors.NewForbidden(shardResource, shard0, errors.New("no role")),
		"nobody":    apierrors.NewUnauthorized("no account"),
	} {
		for _, refused := range []time.Duration{time.Second, time.Hour} {
			t.Run(name+" for "+refused.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					timing := Timing{}.withDefaults()
					w := &worker{Options: Options{Timing: timing}, log: slog.New(slog.DiscardHandler)}
					began := time.Now()
					err := w.insist(t.Context(), func(context.Context) error {
						if time.Since(began) < refused {
							return answer
						}
						return nil
					})
					took := time.Since(began)
					switch {
					case refused < timing.Lease && err != nil:
						t.Errorf("gave up after %s: %v", took, err)
					case refused > timing.Lease && (!errors.Is(err, answer) || took < timing.Lease || took > timing.Lease+2*timing.APIMax):
						t.Errorf("after %s: %v", took, err)
					}
				})
			})
		}
	}
}
