//go:build e2e

package e2e

import (
	"os"
	"time"

	"crier.dev/crier/internal/cluster/ledgerstore"
)

// full says that the faults are tested at their whole size, which takes an hour: make test-faults.
var full = os.Getenv("CRIER_E2E_FULL") == "1"

// size is how much of a fault there is.
type size struct {
	people int           // recipients
	times  int           // how often the fault strikes, or how many others there are
	wait   time.Duration // how long it lasts
}

// sizes of the faults, in make test and in make test-faults.
var sizes = map[string]struct{ short, whole size }{
	"ConnectionsLost":    {size{people: 40}, size{people: 4000}},
	"Greylisted":         {size{people: 20}, size{people: 2000, wait: 30 * time.Second}},
	"Kills":              {size{people: 1200, times: 5}, size{people: 20_000, times: 50}},
	"PodsLost":           {size{people: 3 * shard, times: 2, wait: time.Minute}, size{people: 7 * shard, times: 10, wait: time.Minute}},
	"Drained":            {size{people: 2 * shard, times: 1}, size{people: 4 * shard, times: 4}},
	"SlowReplies":        {size{people: 6}, size{people: 200}},
	"RefusedAtConnect":   {size{people: 60, times: 6}, size{people: 2000, times: 40}},
	"RefusedAfter20":     {size{people: 300}, size{people: 5000}},
	"HalfRefused":        {size{people: 300}, size{people: 10_000}},
	"RelayDenies":        {size{people: 300}, size{people: 20_000}},
	"Poison":             {size{people: 60}, size{people: 2000}},
	"OddReplies":         {size{people: 120}, size{people: 4000}},
	"StartTLSWithdrawn":  {size{people: 300, wait: 8 * time.Second}, size{people: 5000, wait: time.Minute}},
	"CertificateExpired": {size{people: 300, wait: 8 * time.Second}, size{people: 5000, wait: time.Minute}},
	"PasswordRotated":    {size{people: 300, wait: 8 * time.Second}, size{people: 5000, wait: time.Minute}},
	"RelayDown":          {size{people: 600, wait: 15 * time.Second}, size{people: 5000, wait: 5 * time.Minute}},
	"APIServerGone":      {size{people: 1500, wait: 12 * time.Second}, size{people: 10_000, wait: time.Minute}},
	"EtcdRestarted":      {size{people: 1500, times: 1}, size{people: 10_000, times: 5}},
	"ManagerKilled":      {size{people: 900, wait: 15 * time.Second}, size{people: 20_000, wait: 2 * time.Minute}},
	"TwoManagers":        {size{people: 900, times: 1}, size{people: 10_000, times: 4}},
	"FreezeKilled":       {size{people: shard + 1, times: 3}, size{people: 20_000, times: 12}},
	"Upgraded":           {size{people: 900}, size{people: 10_000}},
	"Urgent":             {size{people: 3 * shard, times: 1000}, size{people: 60_000, times: 1000}},
	"Limits":             {size{people: 2 * shard, times: 3, wait: 6 * time.Second}, size{people: 6 * shard, times: 8, wait: 15 * time.Second}},
}

// shard is the number of recipients that keep one pod busy.
const shard = ledgerstore.ShardSize

func sizeOf(name string) size {
	s, found := sizes[name]
	if !found {
		panic("no size of " + name)
	}
	if full {
		return s.whole
	}
	return s.short
}

// patience is how long anything is waited for.
func patience() time.Duration {
	if full {
		return 30 * time.Minute
	}
	return 5 * time.Minute
}
