package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/cluster/podapi"
	"crier.dev/crier/internal/delivery/sender"
)

// flags as they are given.
type flags struct {
	options            sender.Options
	namespace, account string
	selects, deadline  string
	version            bool
}

func parse(args []string, out io.Writer) (*flags, error) {
	f := &flags{}
	f.options.Holder.Worker = -1
	set := flag.NewFlagSet("crier-sender", flag.ContinueOnError)
	set.SetOutput(out)
	set.StringVar(&f.options.Record, "record", "", "name of the DeliveryRecord")
	set.StringVar(&f.namespace, "namespace", "", "namespace of the operator")
	set.StringVar(&f.options.Attempt, "attempt", "", "attempt that froze the recipients")
	set.Func("pass", "number of the pass, from 1", number(&f.options.Pass.Number))
	set.StringVar(&f.selects, "selects", "", "states of recipients that are sent to, beside the pending ones, with commas between")
	set.IntVar(&f.options.Shards, "shards", 0, "shards of the record")
	set.Func("worker", "which of the pods it is, from 0", number(&f.options.Holder.Worker))
	set.IntVar(&f.options.Workers, "workers", 0, "pods that share the shards")
	set.IntVar(&f.options.Connections, "connections", 1, "connections to the relay at a time")
	set.Func("generation", "generation of Message-IDs", number(&f.options.Pass.Generation))
	set.StringVar(&f.deadline, "deadline", "", "RFC 3339 time after which nothing is sent")
	set.StringVar(&f.options.Journal, "journal", "", "directory that survives the container")
	set.StringVar(&f.account, "service-account", podapi.Account, "directory with the token of the pod's service account")
	set.BoolVar(&f.version, "version", false, "print the version and end")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if set.NArg() > 0 {
		return nil, fmt.Errorf("%q isn't a flag", set.Arg(0))
	}
	return f, nil
}

// number takes the value of a flag of 32 bits.
func number(into *int32) func(string) error {
	return func(text string) error {
		n, err := strconv.ParseInt(text, 10, 32)
		*into = int32(n)
		return err
	}
}

// read completes the options with what the pod's environment says.
func (f *flags) read(env func(string) string) (sender.Options, error) {
	o := f.options
	if f.namespace == "" {
		return o, errors.New("namespace is missing")
	}
	if f.selects != "" {
		for s := range strings.SplitSeq(f.selects, ",") {
			switch state := crier.DeliveryState(s); state {
			case crier.DeliveryPending, crier.DeliveryAccepted, crier.DeliveryFailed,
				crier.DeliveryDeferred, crier.DeliveryUnknown, crier.DeliveryExpired, crier.DeliverySuppressed:
				o.Pass.Selects = append(o.Pass.Selects, state)
			default:
				return o, fmt.Errorf("selects: %q isn't a state of a recipient", s)
			}
		}
	}
	deadline, err := time.Parse(time.RFC3339, f.deadline)
	if err != nil {
		return o, fmt.Errorf("deadline: %w", err)
	}
	o.Deadline = deadline
	o.Holder.PodUID, o.Holder.PodName = env("POD_UID"), env("POD_NAME")
	if index := env("JOB_COMPLETION_INDEX"); index != "" && o.Holder.Worker < 0 { // a Job of the release before
		if err := number(&o.Holder.Worker)(index); err != nil {
			return o, fmt.Errorf("JOB_COMPLETION_INDEX: %w", err)
		}
	}
	return o, o.Check()
}
