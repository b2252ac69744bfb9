/** Answers a question that others have asked just now with their answer, from its beginning until `keep` milliseconds after its end. */
export function shareAnswers<T>(keep: number): (question: string, ask: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (question, ask) => {
    const known = answers.get(question);
    if (known) return known;
    const answer = ask();
    answers.set(question, answer);
    const forget = (): void => void setTimeout(() => answers.delete(question), keep).unref();
    answer.then(forget, forget);
    return answer;
  };
}
