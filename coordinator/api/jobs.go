package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/commit"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

type (
	submitInput struct{ Body SubmitRequest }
	jobOutput   struct{ Body Job }
	idInput     struct {
		ID string `path:"id" doc:"0x and up to 32 hex digits"`
	}
	listInput struct {
		State  string `query:"state" doc:"only jobs in this state"`
		Limit  int    `query:"limit" minimum:"0" maximum:"500"`
		Cursor string `query:"cursor" maxLength:"300" doc:"next of the page before"`
	}
	jobsOutput    struct{ Body Page[Job] }
	workersOutput struct{ Body Page[Worker] }
	explainOutput struct{ Body []Explanation }
	eventsInput   struct {
		ID    string `path:"id" doc:"0x and up to 32 hex digits"`
		After int64  `header:"Last-Event-ID" doc:"sequence of the last event seen"`
	}
)

func (s *server) registerJobs(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "submit-job", Method: http.MethodPost, Path: "/v1/jobs", Summary: "Submit a job", Security: owner,
		DefaultStatus: http.StatusCreated, MaxBodyBytes: 16 << 10,
	}, s.submit)
	huma.Register(api, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: "/v1/jobs", Summary: "List jobs, the newest first", Security: owner,
	}, s.listJobs)
	huma.Register(api, huma.Operation{
		OperationID: "get-job", Method: http.MethodGet, Path: "/v1/jobs/{id}", Summary: "A job and its attempts", Security: owner,
	}, s.getJob)
	huma.Register(api, huma.Operation{
		OperationID: "cancel-job", Method: http.MethodPost, Path: "/v1/jobs/{id}/cancel", Summary: "Withdraw a job that nobody has accepted", Security: owner,
		Description: "The answer comes at once; whether the job could be cancelled shows in its state and events.", DefaultStatus: http.StatusAccepted,
	}, s.cancelJob)
	huma.Register(api, huma.Operation{
		OperationID: "explain-job", Method: http.MethodGet, Path: "/v1/jobs/{id}/explain", Summary: "Why each worker does not get the job now", Security: owner,
	}, s.explainJob)
	huma.Register(api, huma.Operation{
		OperationID: "list-workers", Method: http.MethodGet, Path: "/v1/workers", Summary: "List workers", Security: owner,
	}, s.listWorkers)
	sse.Register(api, huma.Operation{
		OperationID: "job-events", Method: http.MethodGet, Path: "/v1/jobs/{id}/events", Summary: "A job's events, past and to come", Security: owner,
		Description: "Ends when the job is closed. Last-Event-ID continues where a connection broke off.",
		Middlewares: huma.Middlewares{s.known(api)},
	}, map[string]any{"event": Event{}}, s.events)
}

// spec builds and checks the specification that a request asks for.
func (s *server) spec(ctx context.Context, r SubmitRequest) (job.Spec, error) {
	bad := func(format string, args ...any) (job.Spec, error) {
		return job.Spec{}, fmt.Errorf("%w: %s", job.ErrBadSpec, fmt.Sprintf(format, args...))
	}
	out := job.NewMatmul(0, job.Hash{})
	out.Rows, out.Inner, out.Columns = r.Rows, r.Inner, r.Columns
	if r.Type != "" {
		out.Type = r.Type
	}
	if r.Delivery != "" {
		out.Delivery = job.Delivery(r.Delivery)
	}
	if r.MinTier != "" {
		tier, err := job.ParseTier(r.MinTier)
		if err != nil {
			return job.Spec{}, err
		}
		out.MinTier = tier
	}
	named := 0
	for _, given := range []bool{r.Seed != "", r.Blob != "", r.Synthetic} {
		if given {
			named++
		}
	}
	var err error
	switch {
	case named > 1:
		return bad("seed, blob and synthetic exclude each other")
	case r.Seed != "":
		out.Input.Seed, err = job.ParseHash(r.Seed)
	case r.Blob != "":
		out.Input = job.Input{Kind: job.InputBlob}
		out.Input.Blob, err = job.ParseHash(r.Blob)
	case r.Synthetic:
		head, err := s.Chain.Head(ctx)
		if err != nil {
			return job.Spec{}, err
		}
		out.Input = job.Input{Kind: job.InputSynthetic, SeedBlock: head.Number}
	default:
		rand.Read(out.Input.Seed[:])
	}
	if err != nil {
		return bad("%s", err)
	}
	return out, out.Validate()
}

func (s *server) submit(ctx context.Context, in *submitInput) (*jobOutput, error) {
	r := in.Body
	spec, err := s.spec(ctx, r)
	if err != nil {
		return nil, s.problem(err)
	}
	j := store.Job{Spec: spec, Salt: job.NewSalt(), Price: s.DefaultPrice, IdempotencyKey: r.IdempotencyKey, MaxHedges: s.MaxHedges}
	j.ID = job.NewID(s.Payer, j.Salt)
	if r.Price != "" {
		wei, err := amount.Parse(r.Price)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		units, err := amount.Units(wei)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity(err.Error())
		}
		j.Price = store.Price(units)
	}
	if j.Price == 0 {
		return nil, huma.Error422UnprocessableEntity("a price of zero: name a price in SAGE, or set the network's default")
	}
	if r.DeadlineIn > 0 {
		head, err := s.Chain.Head(ctx)
		if err != nil {
			return nil, s.problem(err)
		}
		j.Deadline = head.Time + r.DeadlineIn
	}
	var size int64
	if spec.Input.Kind == job.InputBlob {
		content, err := s.Blobs.ReadInput(spec.Input.Blob)
		if err != nil {
			return nil, s.problem(err)
		}
		if _, _, err := commit.ParseInput(spec, content); err != nil {
			return nil, s.problem(err)
		}
		size = int64(len(content))
	}
	err = s.Store.Update(ctx, func(tx store.Tx) error {
		stored, err := store.Submit(ctx, tx, j)
		if err != nil {
			j = stored
			return err
		}
		j = stored
		return blob.Index(ctx, tx, j, size)
	})
	switch {
	case errors.Is(err, store.ErrExists) && j.IdempotencyKey != "":
		if !sameOrder(j, spec, r) {
			return nil, huma.Error409Conflict(fmt.Sprintf("this idempotency key belongs to job %s, which asks for something else", j.ID))
		}
		return s.getJob(ctx, &idInput{j.ID.String()})
	case err != nil:
		return nil, s.problem(err)
	}
	s.Log.Info("job submitted", "job", j.ID, "rows", spec.Rows, "inner", spec.Inner, "columns", spec.Columns)
	return &jobOutput{viewJob(j, nil)}, nil
}

// sameOrder says whether a repeated submission asks for what the first one did. A random seed and a
// synthetic input's block differ every time.
func sameOrder(known store.Job, spec job.Spec, r SubmitRequest) bool {
	if r.Seed == "" && r.Blob == "" && known.Spec.Input.Kind == spec.Input.Kind {
		spec.Input = known.Spec.Input
	}
	if r.Price != "" {
		wei, err := amount.Parse(r.Price)
		if err != nil || amount.FromUnits(uint64(known.Price)).Cmp(wei) != 0 {
			return false
		}
	}
	return known.Spec == spec
}

func (s *server) listJobs(ctx context.Context, in *listInput) (*jobsOutput, error) {
	if in.State != "" && !job.State(in.State).Known() {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("unknown state %q", in.State))
	}
	out := &jobsOutput{Body: Page[Job]{Items: []Job{}}}
	err := s.Store.View(ctx, func(r store.Reader) error {
		page, err := r.Jobs(ctx, store.JobQuery{State: job.State(in.State), Limit: in.Limit, Cursor: in.Cursor})
		if err != nil {
			return err
		}
		out.Body.Next = page.Next
		for _, j := range page.Items {
			attempts, err := r.Attempts(ctx, j.ID)
			if err != nil {
				return err
			}
			out.Body.Items = append(out.Body.Items, viewJob(j, attempts))
		}
		return nil
	})
	if err != nil {
		return nil, s.problem(err)
	}
	return out, nil
}

// read finds a job and its attempts.
func (s *server) read(ctx context.Context, text string) (j store.Job, attempts []store.Attempt, err error) {
	id, err := job.ParseID(text)
	if err != nil {
		return j, nil, err
	}
	err = s.Store.View(ctx, func(r store.Reader) error {
		if j, err = r.Job(ctx, id); err != nil {
			return err
		}
		attempts, err = r.Attempts(ctx, id)
		return err
	})
	return j, attempts, err
}

func (s *server) getJob(ctx context.Context, in *idInput) (*jobOutput, error) {
	j, attempts, err := s.read(ctx, in.ID)
	if err != nil {
		return nil, s.problem(err)
	}
	return &jobOutput{viewJob(j, attempts)}, nil
}

func (s *server) cancelJob(ctx context.Context, in *idInput) (*jobOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problem(err)
	}
	err = s.Store.Update(ctx, func(tx store.Tx) error {
		j, err := tx.Job(ctx, id)
		if err != nil || j.Closed != "" {
			return err
		}
		if _, err := store.Refresh(ctx, tx, id, "cancellation asked", func(j *store.Job) { j.CancelAsked = true }); err != nil {
			return err
		}
		return tx.Enqueue(ctx, store.Task{Kind: store.TaskCancel, Job: id})
	})
	if err != nil {
		return nil, s.problem(err)
	}
	return s.getJob(ctx, in)
}

func (s *server) explainJob(ctx context.Context, in *idInput) (*explainOutput, error) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return nil, s.problem(err)
	}
	verdicts, err := s.Explainer.Explain(ctx, id)
	if err != nil {
		return nil, s.problem(err)
	}
	out := &explainOutput{Body: []Explanation{}}
	for _, v := range verdicts {
		out.Body = append(out.Body, viewVerdict(v))
	}
	return out, nil
}

func (s *server) listWorkers(ctx context.Context, in *listInput) (*workersOutput, error) {
	out := &workersOutput{Body: Page[Worker]{Items: []Worker{}}}
	err := s.Store.View(ctx, func(r store.Reader) error {
		page, err := r.Workers(ctx, store.WorkerQuery{Limit: in.Limit, Cursor: in.Cursor})
		for _, w := range page.Items {
			out.Body.Items = append(out.Body.Items, viewWorker(w, r.Now(), s.Offline))
		}
		out.Body.Next = page.Next
		return err
	})
	if err != nil {
		return nil, s.problem(err)
	}
	return out, nil
}

// known answers 404 before a stream begins.
func (s *server) known(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if _, _, err := s.read(ctx.Context(), ctx.Param("id")); err != nil {
			problem := s.problem(err)
			var status huma.StatusError
			if errors.As(problem, &status) {
				_ = huma.WriteErr(api, ctx, status.GetStatus(), problem.Error())
			}
			return
		}
		next(ctx)
	}
}

// events streams a job's events until the job is closed and everything was sent.
func (s *server) events(ctx context.Context, in *eventsInput, send sse.Sender) {
	id, err := job.ParseID(in.ID)
	if err != nil {
		return
	}
	after := in.After
	for {
		changed := s.Store.Changed()
		var (
			events []store.Event
			closed bool
		)
		err := s.Store.View(ctx, func(r store.Reader) error {
			j, err := r.Job(ctx, id)
			if err != nil {
				return err
			}
			closed = j.Closed != ""
			events, err = r.Events(ctx, id, after, store.MaxPage)
			return err
		})
		if err != nil {
			return
		}
		for _, e := range events {
			if send(sse.Message{ID: int(e.Sequence), Data: viewEvent(e)}) != nil {
				return
			}
			after = e.Sequence
		}
		if len(events) == store.MaxPage {
			continue
		}
		if closed {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
