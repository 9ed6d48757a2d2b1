// What the scripts of the JavaScript clients share; see steps.py beside this file.

export const URL = process.env.SANDBOX_URL;
export const KEY = process.env.SANDBOX_KEY;
export const SECRET = process.env.SANDBOX_SECRET;

const PAUSE = 700; // milliseconds

const say = (step, outcome, why = '') =>
    console.log(JSON.stringify({ step, outcome, why: String(why).replace(/\s+/g, ' ').slice(0, 300) }));

export async function step(what, action) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    try {
        const result = await action();
        say(what, 'done');
        return result;
    } catch (error) {
        console.error(error);
        say(what, 'failed', error);
        return undefined;
    }
}

export async function refused(what, action, words) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    let said;
    try {
        said = JSON.stringify(await action());
    } catch (error) {
        said = `${error} ${JSON.stringify(error)}`;
    }
    if (said.includes(words)) say(what, 'done');
    else say(what, 'failed', `not refused with ${words}: ${said}`);
}

export async function cannot(what, action, because) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    try {
        await action();
    } catch (error) {
        console.error(error);
        say(what, 'cannot', because);
        return;
    }
    say(what, 'failed', `it can, though it is said that it cannot: ${because}`);
}

export function books(amounts) {
    const texts = Object.entries(amounts).map(([code, amount]) => [code, String(amount)]);
    console.log(JSON.stringify({ books: Object.fromEntries(texts) }));
}

export function isTrue(value, why) {
    if (!value) throw new Error(why ?? JSON.stringify(value));
}
