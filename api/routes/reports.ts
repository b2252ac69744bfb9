import {
  dismissReport, findReport, hideReported, listReports, type ReportRow, type ReportState,
} from '../../db/reports.js';
import { presentComment } from '../comments.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getCaller, type Call, type Reply } from '../route.js';
import { Report, ReportPath, ReportQuery } from '../schemas/opinions.js';
import { PageOf } from '../schemas/shapes.js';

const path = '/v2/admin/reports';
const errors = ['authentication_required', 'forbidden', 'not_found', 'report_settled'] as const;

function presentReport(report: ReportRow) {
  const { id, state, namespace, name, reporter, reason, created, resolved, resolved_by } = report;
  const { comment_id, author, comment, commented, comment_updated } = report;
  return {
    id,
    state,
    repository: `${namespace}/${name}`,
    comment: presentComment({ id: comment_id, user: author, comment, created: commented, updated: comment_updated }),
    reporter,
    reason,
    created_on: created,
    resolved_on: resolved,
    resolved_by,
  };
}

type Settle = (db: Call['db'], report: ReportRow, by: string) => Promise<boolean>;

/** Settles a report. The audit log names the comment and not who reported it: a repository's owners read it. */
async function settle(call: Call<{ readonly id: string }>, action: Settle): Promise<Reply> {
  const { db, params } = call;
  const report = await findReport(db, params.id);
  if (!report) throw new ApiError('not_found');
  const isSettled = await action(db, report, getCaller(call).username);
  const settled = await findReport(db, params.id);
  // Its comment was deleted at the same time.
  if (!settled) throw new ApiError('not_found');
  if (!isSettled) throw new ApiError('report_settled', `This report is ${settled.state} already`);
  const { namespace: account, name, comment_id: comment, author: user } = settled;
  return { status: 200, body: presentReport(settled), audit: { account, name, data: { comment, user } } };
}

export const reportRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List reports of comments, the oldest first',
    description: 'The open ones, unless `state` says otherwise.',
    may: 'admin',
    query: ReportQuery,
    responses: { 200: PageOf(Report) },
    errors: ['invalid_input', 'authentication_required', 'forbidden'],
    async handler(call) {
      // The schema has checked that it is one of them.
      const state = (call.query.state ?? 'open') as ReportState;
      return { status: 200, body: presentPage(await listReports(call.db, state, readPage(call.query)), presentReport, call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/dismiss`,
    summary: 'Dismiss a report and leave its comment alone',
    audit: 'comment.report.dismiss',
    may: 'admin',
    params: ReportPath,
    responses: { 200: Report },
    errors,
    handler: (call) => settle(call, (db, { id }, by) => dismissReport(db, id, by)),
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/hide`,
    summary: 'Hide the comment of a report',
    description: 'From everybody, for good. All open reports of the comment are settled by it.',
    audit: 'comment.report.hide',
    may: 'admin',
    params: ReportPath,
    responses: { 200: Report },
    errors,
    handler: (call) => settle(call, hideReported),
  }),
];
