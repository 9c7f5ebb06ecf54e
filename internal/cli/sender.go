package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/delivery/sender"
)

// senderFlags are the flags of the command as they are given.
type senderFlags struct {
	options   sender.Options
	namespace string
	selects   []string
	deadline  string
}

// newSenderCommand is the program of a sender pod. The operator starts it in
// a Job; POD_NAME and POD_UID say which pod it is.
func newSenderCommand() *cobra.Command {
	cmd, _ := senderCommand()
	return cmd
}

func senderCommand() (*cobra.Command, *senderFlags) {
	f := &senderFlags{}
	cmd := &cobra.Command{
		Use:           "sender",
		Short:         "Send one pass of a broadcast (started by the operator)",
		Args:          cobra.NoArgs,
		Hidden:        true,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runSender(cmd, *f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.options.Record, "record", "", "name of the DeliveryRecord")
	flags.StringVar(&f.namespace, "namespace", "", "namespace of the operator")
	flags.StringVar(&f.options.Attempt, "attempt", "", "attempt that froze the recipients")
	flags.Int32Var(&f.options.Pass.Number, "pass", 0, "number of the pass, from 1")
	flags.StringSliceVar(&f.selects, "selects", nil, "states of recipients that are sent to, beside the pending ones")
	flags.IntVar(&f.options.Shards, "shards", 0, "shards of the record")
	flags.Int32Var(&f.options.Holder.Worker, "worker", -1, "which of the pods it is, from 0")
	flags.IntVar(&f.options.Workers, "workers", 0, "pods that share the shards")
	flags.IntVar(&f.options.Connections, "connections", 1, "connections to the relay at a time")
	flags.Int32Var(&f.options.Pass.Generation, "generation", 0, "generation of Message-IDs")
	flags.StringVar(&f.deadline, "deadline", "", "RFC 3339 time after which nothing is sent")
	flags.StringVar(&f.options.Journal, "journal", "", "directory that survives the container")
	return cmd, f
}

func runSender(cmd *cobra.Command, f senderFlags) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	options, err := f.read(os.Getenv)
	if err != nil {
		return err
	}
	api, err := config.GetConfig()
	if err != nil {
		return err
	}
	store, err := sender.NewClient(api, f.namespace)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := sender.Run(ctx, store, options, log); err != nil {
		log.Error("work is left", "error", err.Error())
		return err
	}
	return nil
}

// read completes the options with what the pod's environment says.
func (f senderFlags) read(env func(string) string) (sender.Options, error) {
	o := f.options
	if f.namespace == "" {
		return o, errors.New("namespace is missing")
	}
	for _, s := range f.selects {
		switch state := crier.DeliveryState(s); state {
		case crier.DeliveryPending, crier.DeliveryAccepted, crier.DeliveryFailed,
			crier.DeliveryDeferred, crier.DeliveryUnknown, crier.DeliveryExpired, crier.DeliverySuppressed:
			o.Pass.Selects = append(o.Pass.Selects, state)
		default:
			return o, fmt.Errorf("selects: %q isn't a state of a recipient", s)
		}
	}
	deadline, err := time.Parse(time.RFC3339, f.deadline)
	if err != nil {
		return o, fmt.Errorf("deadline: %w", err)
	}
	o.Deadline = deadline
	o.Holder.PodUID, o.Holder.PodName = env("POD_UID"), env("POD_NAME")
	if index := env("JOB_COMPLETION_INDEX"); index != "" && o.Holder.Worker < 0 { // a Job of the release before
		worker, err := strconv.ParseInt(index, 10, 32)
		if err != nil {
			return o, fmt.Errorf("JOB_COMPLETION_INDEX: %w", err)
		}
		o.Holder.Worker = int32(worker)
	}
	return o, o.Check()
}
