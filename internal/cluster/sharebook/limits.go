package sharebook

import (
	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/share"
)

// Limits are what a Relay allows.
func Limits(relay *crier.Relay) share.Limits {
	given := relay.Spec.Limits
	limits := share.Limits{Limit: share.Limit{
		Connections: int(max(1, given.MaxConnections)), PerSecond: PerSecond(given.Rate),
	}}
	for _, grant := range relay.Spec.Grants {
		limits.Urgent = limits.Urgent || grant.Urgent
	}
	for _, d := range given.Destinations {
		if limits.Destinations == nil {
			limits.Destinations = map[string]share.Limit{}
		}
		limit := share.Limit{PerSecond: PerSecond(d.Rate)}
		if d.MaxConnections != nil {
			limit.Connections = int(*d.MaxConnections)
		}
		limits.Destinations[d.Name] = limit
	}
	return limits
}

// PerSecond is a rate in messages per second; 0 for none.
func PerSecond(rate *crier.Rate) float64 {
	if rate == nil {
		return 0
	}
	seconds := map[crier.RatePeriod]float64{crier.PerMinute: 60, crier.PerHour: 3600}[rate.Period()]
	return float64(rate.Messages) / max(1, seconds)
}
