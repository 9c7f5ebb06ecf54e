// Package share divides what a Relay allows among the sender pods of all
// records, for a time: a pod that nobody hears of any more loses its share by
// itself, and only then is it given to another. It decides; others read and
// write.
package share

import (
	"encoding/json"
	"fmt"
	"time"
)

// Term is how long a ration is good for. A pod counts it by a clock of its own,
// from a time before the ration was issued; the manager from a time after that.
// A pod that is given less and says that it keeps to that frees the rest sooner.
const Term = 60 * time.Second

// Limit is a bound on connections that carry messages at a time, and on
// messages per second over all of them. PerSecond 0 means no bound.
type Limit struct {
	Connections int     `json:"connections"`
	PerSecond   float64 `json:"perSecond,omitempty"`
}

// Ration is what one sender pod may use of a Relay until it is over.
type Ration struct {
	// Seq grows with every ration that is issued to the pod.
	Seq int64 `json:"seq"`
	Limit
	// Destinations bound what goes to the destinations of that name, within
	// the Limit. Every destination that the Relay limits is there; one
	// without connections may not be sent to for now, and its recipients wait.
	Destinations map[string]Limit `json:"destinations,omitempty"`
}

// Rations are the last rations of a record's pods, by the UID of the pod.
type Rations map[string]Ration

// Encode writes Rations for a Secret.
func (g Rations) Encode() ([]byte, error) { return json.Marshal(g) }

// DecodeRations reads what Encode wrote. Nothing at all is no rations.
func DecodeRations(data []byte) (Rations, error) {
	var g Rations
	if len(data) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(data, &g); err != nil {
		return nil, fmt.Errorf("grants: %w", err)
	}
	return g, nil
}
