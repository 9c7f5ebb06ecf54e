package postfix

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// Source sends messages of one fixed text of size octets with smtp-source
// over a number of sessions that stay open, and returns the processor time
// that it took.
func (t *Tools) Source(ctx context.Context, addr string, messages, sessions, size int) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, t.path("smtp-source"), "-d",
		"-s", strconv.Itoa(sessions), "-m", strconv.Itoa(messages), "-l", strconv.Itoa(size),
		"-f", "bounces@bounces.example.gov", "-t", "someone@agency.example.gov", addr)
	cmd.Env = t.environment()
	if said, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("smtp-source: %w: %s", err, said)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
